/** How a gateway is started. */
import type { ListenAddress } from '../../core/listen-address.js'
import { InputError } from '../../errors/input.js'
import type { Host } from '../../events/host.js'
import type { BlockStore, MetadataStore } from '../object/index.js'

export interface GatewayLimits {
  /** Of the cache on disk. 1 GiB. */
  readonly cacheBytes: number
  /** Of metadata kept in memory, estimated. 64 MiB. */
  readonly metadataCacheBytes: number
  /** Of one blob of metadata. 16 MiB. */
  readonly maxMetadataBytes: number
  /** Of a directory: all of them are opened to find one. 10,000. */
  readonly maxEntries: number
  /** Open at once; more are closed at once. 2,000. */
  readonly maxConnections: number
  /** Blocks fetched from their places at once. 8: each takes some 20 MiB while it is put together. */
  readonly maxLoads: number
  /** For metadata to come from the registry. 15 s. */
  readonly metadataTimeoutMs: number
  /** For a block to come from its places. 30 s. */
  readonly blockTimeoutMs: number
  /** A place that nobody has measured yet is late after so long, and another is asked too. 250 ms. */
  readonly hedgeAfterMs: number
  /** For a request to arrive whole. 15 s. */
  readonly requestTimeoutMs: number
  /** Until a connection on which nothing moves is closed, a client that does not read included. 60 s. */
  readonly idleTimeoutMs: number
  /** For requests under way when the gateway is stopped. 10 s. */
  readonly drainMs: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  cacheBytes: 1024 * 1024 * 1024,
  metadataCacheBytes: 64 * 1024 * 1024,
  maxMetadataBytes: 16 * 1024 * 1024,
  maxEntries: 10_000,
  maxConnections: 2_000,
  maxLoads: 8,
  metadataTimeoutMs: 15_000,
  blockTimeoutMs: 30_000,
  hedgeAfterMs: 250,
  requestTimeoutMs: 15_000,
  idleTimeoutMs: 60_000,
  drainMs: 10_000,
}

export interface GatewayOptions {
  /** `127.0.0.1:8080`; port 0 takes a free one. */
  readonly listen: string | ListenAddress
  /** Where metadata is: the URL of a registry, or a store of one's own. It is the gateway's choice, never the client's. */
  readonly registry: string | MetadataStore
  /** `cdn.example.org`: only names directly under it are read as references. Under any name when absent. */
  readonly domain?: string
  /** Folder of the cache; made when it is not there. One that is removed in the end when absent. */
  readonly cacheDir?: string
  /** Ranges of addresses that may be connected to although they are not public: `10.0.0.0/8`. */
  readonly allow?: readonly string[]
  /** When given, places are connected to within these ranges alone. */
  readonly only?: readonly string[]
  /** How places are reached. By the protocol of 0-DB when absent. */
  readonly blocks?: BlockStore
  readonly limits?: Partial<GatewayLimits>
  readonly host?: Host
}

const LARGEST = 2 ** 50

/** @throws {InputError} INPUT_OPTION */
export function settleLimits(limits: Partial<GatewayLimits> = {}): GatewayLimits {
  const settled: GatewayLimits = { ...DEFAULT_LIMITS, ...limits }
  for (const [name, value] of Object.entries(settled)) {
    if (!Number.isSafeInteger(value) || value < (name === 'cacheBytes' ? 0 : 1) || value > LARGEST) {
      throw new InputError('INPUT_OPTION', `${name} is ${value}`, { where: name, hint: 'a whole number above 0' })
    }
  }
  return settled
}

/** @throws {InputError} INPUT_OPTION */
export function settleDomain(domain: string | undefined): string | undefined {
  if (domain === undefined) return undefined
  const name = domain.toLowerCase().replace(/\.$/, '')
  if (/^(?=.{1,190}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(name)) return name
  throw new InputError('INPUT_OPTION', 'the domain is not a name', {
    where: domain.slice(0, 100),
    hint: 'write cdn.example.org, without scheme and port',
  })
}
