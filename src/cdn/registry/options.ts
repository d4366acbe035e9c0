/** How a registry is started. */
import type { ListenAddress } from '../../core/listen-address.js'
import { Secret } from '../../core/secret.js'
import { InputError } from '../../errors/input.js'
import type { Host } from '../../events/host.js'
import type { Rate } from './guard/rate-limit.js'
import type { PostgresAddress } from './store/postgres/address.js'

export interface RegistryLimits {
  /** Of one blob. 16 MiB. */
  readonly maxBlobBytes: number
  /** Of all blobs that are being received or sent. 256 MiB. */
  readonly maxBytesInMemory: number
  /** Open at once; more are closed at once. 2,000. */
  readonly maxConnections: number
  /** Statements or files at once. 16. */
  readonly storeConcurrency: number
  /** Requests that may wait for one of them. 1,024. */
  readonly maxWaiting: number
  /** For a request to arrive whole. 60 s. */
  readonly requestTimeoutMs: number
  /** For the store to do one thing, a restart of the database included. 15 s. */
  readonly storeTimeoutMs: number
  /** For requests under way when the registry is stopped. 10 s. */
  readonly drainMs: number
}

export const DEFAULT_LIMITS: RegistryLimits = {
  maxBlobBytes: 16 * 1024 * 1024,
  maxBytesInMemory: 256 * 1024 * 1024,
  maxConnections: 2_000,
  storeConcurrency: 16,
  maxWaiting: 1_024,
  requestTimeoutMs: 60_000,
  storeTimeoutMs: 15_000,
  drainMs: 10_000,
}

export interface RegistryServerOptions {
  /** `127.0.0.1:8080`; port 0 takes a free one. */
  readonly listen: string | ListenAddress
  /** A folder for blobs as files; made when it is not there. Either this or `postgres`. */
  readonly dataDir?: string
  readonly postgres?: PostgresAddress
  /** Without it whoever can connect may write. */
  readonly token?: string | Secret<string>
  /** Of writes, for each client's address; none when absent. */
  readonly writeRate?: Rate
  /** Of reads. */
  readonly readRate?: Rate
  /** Take the client's address from the last entry of X-Forwarded-For. Only behind a proxy that writes it. */
  readonly behindProxy?: boolean
  readonly limits?: Partial<RegistryLimits>
  readonly host?: Host
}

const LARGEST = 2 ** 40

/** @throws {InputError} INPUT_OPTION */
export function settleLimits(limits: Partial<RegistryLimits> = {}): RegistryLimits {
  const settled: RegistryLimits = { ...DEFAULT_LIMITS, ...limits }
  for (const [name, value] of Object.entries(settled)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > LARGEST) {
      throw new InputError('INPUT_OPTION', `${name} is ${value}`, { where: name, hint: 'a whole number above 0' })
    }
  }
  if (settled.maxBlobBytes > 512 * 1024 * 1024) {
    throw new InputError('INPUT_OPTION', 'maxBlobBytes is more than 512 MiB', { where: 'maxBlobBytes' })
  }
  return settled
}

/** @throws {InputError} INPUT_OPTION */
export function checkRate(rate: Rate | undefined, name: string): Rate | undefined {
  if (rate === undefined) return undefined
  const { perSecond, burst } = rate
  if (!(perSecond > 0 && perSecond <= 1e6) || !(burst >= 1 && burst <= 1e6)) {
    throw new InputError('INPUT_OPTION', `${name} is ${perSecond} a second with bursts of ${burst}`, {
      where: name,
      hint: 'above 0 a second, bursts of 1 or more, both at most 1,000,000',
    })
  }
  return rate
}

/** @throws {InputError} INPUT_OPTION. A token travels in a header. */
export function checkToken(token: string | Secret<string> | undefined): Secret<string> | undefined {
  if (token === undefined) return undefined
  const secret = token instanceof Secret ? token : new Secret(token)
  if (!/^[\x21-\x7e]{1,512}$/.test(secret.reveal())) {
    throw new InputError('INPUT_OPTION', 'the token cannot be sent in a header', {
      hint: 'use 1 to 512 characters of ASCII without spaces, drawn at random',
    })
  }
  return secret
}
