/**
 * The metadata registry of the content network: blobs under their hashes, over HTTP.
 *
 * The paths, the form that is posted and the table are those of threefoldtech/mycelium-cdn-registry (crates/registry), so
 * its clients and daemons work with this service, and this service with its database. Beyond it: 32-byte hashes, answers
 * that say the hash, checked blobs, limits, health and metrics.
 */
import { systemClock } from '../../core/clock.js'
import { formatHostPort, readListenAddress } from '../../core/listen-address.js'
import { InputError } from '../../errors/input.js'
import { type Host, silentHost } from '../../events/host.js'
import type { Served } from '../http/serve.js'
import { bearerToken } from './guard/bearer-token.js'
import { MemoryBudget } from './guard/memory-budget.js'
import { RateLimit } from './guard/rate-limit.js'
import { loadHashHex } from './hash-hex.js'
import { serveRegistry } from './http/serve.js'
import { registryService } from './http/service.js'
import { checkRate, checkToken, type RegistryLimits, type RegistryServerOptions, settleLimits } from './options.js'
import { registryMetrics } from './registry-metrics.js'
import type { BlobStore } from './store/blob-store.js'
import { checkedStore, type HashHex } from './store/checked-store.js'

export interface Registry {
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  readonly url: string
  /** The IP address it listens on. */
  readonly host: string
  readonly port: number
  readonly store: BlobStore['kind']
  /** Lets requests under way end, then lets the store go. Idempotent. */
  close(): Promise<void>
}

/** Starts a registry; resolves when it answers.
 *
 * @throws {InputError} INPUT_OPTION, INPUT_URL: an option cannot be used
 * @throws {CdnError} CDN_CONFIG: the address or the folder cannot be used
 * @throws {RegistryError} REGISTRY_STORE: the database does not answer, or refuses
 * @example
 * const registry = await startRegistry({ listen: '127.0.0.1:0', dataDir: './registry' })
 * await fetch(`${registry.url}/healthz`)
 * await registry.close()
 */
export async function startRegistry(options: RegistryServerOptions): Promise<Registry> {
  const address = typeof options.listen === 'string' ? readListenAddress(options.listen) : options.listen
  const limits = settleLimits(options.limits)
  const token = checkToken(options.token)
  const writeRate = checkRate(options.writeRate, 'writeRate')
  const readRate = checkRate(options.readRate, 'readRate')
  const host = options.host ?? silentHost

  const hashHex = await loadHashHex()
  const store = await openStore(options, limits, hashHex, host)
  let closing: Promise<void> | undefined
  const budget = new MemoryBudget(limits.maxBytesInMemory)
  const metrics = registryMetrics({ store, budget, connections: () => served?.connections() ?? 0 })
  const listener = registryService({
    store,
    checked: checkedStore(store, hashHex),
    budget,
    metrics,
    host,
    maxBlobBytes: limits.maxBlobBytes,
    checkToken: token === undefined ? undefined : bearerToken(token),
    writeRate: writeRate && new RateLimit(writeRate, systemClock),
    readRate: readRate && new RateLimit(readRate, systemClock),
    behindProxy: options.behindProxy ?? false,
    isClosing: () => closing !== undefined,
  })
  let served: Served | undefined
  try {
    served = await serveRegistry(listener, address, limits)
  } catch (error) {
    await store.close()
    throw error
  }

  const server = served
  return {
    url: `http://${formatHostPort(reachable(server.host), server.port)}`,
    host: server.host,
    port: server.port,
    store: store.kind,
    close: () => {
      closing ??= server.close().then(() => store.close())
      return closing
    },
  }
}

/** Every address of a machine is none to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

async function openStore(
  { dataDir, postgres }: RegistryServerOptions,
  limits: RegistryLimits,
  hashHex: HashHex,
  host: Host,
): Promise<BlobStore> {
  const { storeConcurrency, maxWaiting: mostWaiting, storeTimeoutMs: timeoutMs } = limits
  if ((dataDir === undefined) === (postgres === undefined)) {
    throw new InputError('INPUT_OPTION', 'a registry keeps its blobs either in a folder or in a database', {
      hint: 'give one of the two',
    })
  }
  if (postgres !== undefined) {
    const { openPostgresStore } = await import('./store/postgres/postgres-store.js')
    const connections = storeConcurrency
    return await openPostgresStore({ address: postgres, connections, mostWaiting, timeoutMs, hashHex, host })
  }
  const { openFileStore } = await import('./store/file-store.js')
  return await openFileStore({ folder: dataDir as string, mostOpen: storeConcurrency, mostWaiting, timeoutMs })
}
