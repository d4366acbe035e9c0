/**
 * A bucket of tokens for each address: `perSecond` run in, at most `burst` are kept, each request takes one. The number of
 * buckets is bounded; the one that was used longest ago is forgotten first.
 */
import { isIPv6 } from 'node:net'

import type { Clock } from '../../../core/clock.js'
import { RegistryError } from '../../../errors/registry.js'

const MOST_ADDRESSES = 20_000

interface Bucket {
  tokens: number
  atMs: number
}

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export class RateLimit {
  readonly #buckets = new Map<string, Bucket>()

  constructor(
    private readonly rate: Rate,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** @throws {RegistryError} REGISTRY_RATE, with the seconds to wait */
  take(address: string): void {
    const key = whoIs(address)
    const nowMs = this.clock.now()
    const bucket = this.#buckets.get(key) ?? { tokens: this.rate.burst, atMs: nowMs }
    const elapsed = Math.max(0, nowMs - bucket.atMs) / 1_000
    bucket.tokens = Math.min(this.rate.burst, bucket.tokens + elapsed * this.rate.perSecond)
    bucket.atMs = nowMs
    // Most recent last.
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > MOST_ADDRESSES) {
      const [oldest] = this.#buckets.keys()
      this.#buckets.delete(oldest as string)
    }

    if (bucket.tokens < 1) {
      const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / this.rate.perSecond))
      throw new RegistryError('REGISTRY_RATE', `more than ${this.rate.perSecond} requests a second from one address`, {
        hint: `ask again after ${seconds} s`,
        headers: { 'retry-after': `${seconds}` },
      })
    }
    bucket.tokens -= 1
  }

  get addresses(): number {
    return this.#buckets.size
  }
}

/** One customer has a whole /64 of IPv6. */
function whoIs(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%')[0] as string).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}
