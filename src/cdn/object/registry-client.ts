/**
 * The registry of another process, over HTTP.
 *
 * `POST /api/v1/metadata` takes a form whose first part is `data`; `GET /api/v1/metadata/{hash in hex}` gives it back.
 * Source: threefoldtech/mycelium-cdn-registry, crates/registry/src/main.rs. Registries in use answer a post with an
 * empty 200, ours with the hash; either way a blob counts as kept only when the registry says that it has it.
 */
import { randomBytes } from 'node:crypto'

import { concatBytes, equalBytes, utf8 } from '../../core/bytes.js'
import { toHex } from '../../core/hex.js'
import { type HttpErrors, type HttpReply, request } from '../../core/http.js'
import { delays } from '../../core/retry.js'
import { HyphaeError } from '../../errors/base.js'
import { CdnError } from '../../errors/cdn.js'
import { InputError } from '../../errors/input.js'
import { loadHasher } from '../crypto/index.js'
import type { MetadataStore } from './metadata-store.js'

export interface RegistryOptions {
  /** `https://cdn.example:8080`; a path before `/api` is kept. */
  readonly url: string
  readonly timeoutMs?: number
  /** Sent as a bearer token when something is written. */
  readonly token?: string
  /** Of one blob. 64 MiB when absent. */
  readonly maxBytes?: number
  /** How often a request is sent when the registry is out of reach. 3 when absent. */
  readonly attempts?: number
}

export const DEFAULT_REGISTRY = 'https://cdn.mycelium.grid.tf'

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024
const DEFAULT_ATTEMPTS = 3
const RETRY = { firstMs: 100, factor: 3, maxMs: 2_000, jitter: 0.3 }

const httpErrors: HttpErrors = {
  unreachable: (message, options) => new CdnError('CDN_UNREACHABLE', message, options),
  status: (message, options) => new CdnError('CDN_REGISTRY', message, options),
  reply: (message, options) => new CdnError('CDN_REGISTRY', message, options),
}

/** @throws {InputError} INPUT_URL
 * @example
 * const registry = registryClient({ url: 'http://cdn.localhost:8080' })
 * const blob = await registry.get(reference.encryptedHash)
 */
export function registryClient(options: RegistryOptions): MetadataStore {
  const base = baseOf(options.url)
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES, attempts = DEFAULT_ATTEMPTS, token } = options
  const common = { timeoutMs, errors: httpErrors, maxBytes: maxBytes + 1024 }
  const blobUrl = (hash: Uint8Array) => `${base}/api/v1/metadata/${toHex(hash)}`

  return {
    async get(hash, signal) {
      const reply = await patiently(attempts, signal, () =>
        request({
          ...common,
          url: blobUrl(hash),
          what: 'the metadata',
          accept: [404],
          headers: { accept: 'application/octet-stream' },
          ...(signal === undefined ? {} : { signal }),
        }),
      )
      if (reply.status === 404) return undefined
      if (reply.bytes.length > maxBytes) {
        throw new CdnError('CDN_LIMIT', `the metadata is larger than ${maxBytes} bytes`, { where: blobUrl(hash) })
      }
      const hasher = await loadHasher()
      if (!equalBytes(hasher.hash(reply.bytes, hash.length), hash)) {
        throw new CdnError('CDN_HASH', 'the registry answered with a blob that has another hash', {
          where: blobUrl(hash),
        })
      }
      return reply.bytes
    },

    async put(hash, blob, signal) {
      const { bytes, type } = formOf(blob)
      const passed = signal === undefined ? {} : { signal }
      // The same blob twice is one blob: sending it again does no harm.
      const reply = await patiently(attempts, signal, () =>
        request({
          ...common,
          ...passed,
          url: `${base}/api/v1/metadata`,
          what: 'saving the metadata',
          method: 'POST',
          payload: { bytes, type },
          headers: { accept: '*/*', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
          idempotent: true,
        }),
      )
      if (saysHash(reply, hash)) return
      const found = await patiently(attempts, signal, () =>
        request({
          ...common,
          ...passed,
          url: blobUrl(hash),
          what: 'looking the saved metadata up',
          method: 'HEAD',
          accept: [400, 404],
          headers: { accept: 'application/octet-stream' },
        }),
      )
      if (found.status >= 400) {
        throw new CdnError('CDN_REGISTRY', 'the registry took the metadata but does not have it', {
          where: blobUrl(hash),
          details: { status: found.status, hashBytes: hash.length },
          ...(hash.length === 32 && found.status === 400
            ? { hint: 'it knows 16-byte hashes only: use --layout namespaces-16 or databases-16' }
            : {}),
        })
      }
    },
  }
}

/** Scheme, host and path without a slash at the end. */
function baseOf(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw new InputError('INPUT_URL', 'the address of the registry is not a URL', {
      hint: 'https://host[:port]',
      cause,
    })
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new InputError('INPUT_URL', `the address of the registry begins with ${parsed.protocol}`, {
      hint: 'use http:// or https://',
    })
  }
  if (parsed.username !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw new InputError('INPUT_URL', 'the address of the registry has more than scheme, host, port and path')
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
}

function formOf(blob: Uint8Array): { bytes: Uint8Array; type: string } {
  const boundary = `hyphae-${randomBytes(16).toString('hex')}`
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="data"; filename="metadata"\r\nContent-Type: application/octet-stream\r\n\r\n`
  return {
    bytes: concatBytes(utf8(head), blob, utf8(`\r\n--${boundary}--\r\n`)),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

function saysHash(reply: HttpReply, hash: Uint8Array): boolean {
  return reply.bytes.length < 4096 && reply.text.toLowerCase().includes(toHex(hash))
}

/** Again after a while when the registry is out of reach or overloaded; at once to the caller for anything else. */
async function patiently<T>(attempts: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const pauses = delays(RETRY)
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= attempts || !isPassing(error) || signal?.aborted) throw error
      await new Promise(resolve => setTimeout(resolve, pauses.next().value))
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof HyphaeError)) return false
  if (error.code === 'CDN_UNREACHABLE') return true
  return error.code === 'CDN_REGISTRY' && [429, 500, 502, 503, 504].includes(Number(error.details?.status))
}
