/** The content gateway: what a reference leads to, over HTTP, for browsers and programs that know nothing of shards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { formatHostPort, readListenAddress } from '../../core/listen-address.js'
import { silentHost } from '../../events/host.js'
import type { Served } from '../http/serve.js'
import { PlaceLatency, type ReadPolicy, registryClient, zdbBlockStore } from '../object/index.js'
import { DiskCache } from './cache/disk-cache.js'
import { BlockSource } from './content/block-source.js'
import { Objects } from './content/objects.js'
import { serveGateway } from './http/serve.js'
import { gatewayMetrics } from './metrics.js'
import { type GatewayOptions, settleDomain, settleLimits } from './options.js'
import { AddressPolicy } from './policy/address-policy.js'
import { gatewayService } from './service.js'

export interface Gateway {
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  readonly url: string
  /** The IP address it listens on. */
  readonly host: string
  readonly port: number
  /** Lets requests under way end, then lets go of places and cache. Idempotent. */
  close(): Promise<void>
}

/** Starts a gateway; resolves when it answers.
 *
 * By host, `http://<label>.<any name>:<port>/?key=<key>`, every object has an origin of its own, and a site finds its
 * pages; by path, `/<hash>?key=<key>`, no names are needed. Whoever asks chooses neither registry nor addresses: metadata
 * comes from the registry of the options, and shards only from addresses that they allow.
 *
 * @throws {InputError} INPUT_OPTION, INPUT_URL: an option cannot be used
 * @throws {CdnError} CDN_CONFIG: the address or the folder cannot be used
 * @example
 * const gateway = await startGateway({ listen: '127.0.0.1:0', registry: 'https://cdn.example.org', cacheDir: './cache' })
 * await fetch(`${gateway.url}/${hash}?key=${key}`, { headers: { range: 'bytes=-1024' } })
 * await gateway.close()
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const address = typeof options.listen === 'string' ? readListenAddress(options.listen) : options.listen
  const limits = settleLimits(options.limits)
  const domain = settleDomain(options.domain)
  const places = new AddressPolicy({
    ...(options.allow ? { allow: options.allow } : {}),
    ...(options.only ? { only: options.only } : {}),
  })
  const metadata =
    typeof options.registry === 'string'
      ? registryClient({
          url: options.registry,
          timeoutMs: limits.metadataTimeoutMs,
          maxBytes: limits.maxMetadataBytes,
        })
      : options.registry
  const host = options.host ?? silentHost

  const ownFolder = options.cacheDir === undefined ? await mkdtemp(join(tmpdir(), 'hyphae-gateway-')) : undefined
  const blocks = options.blocks ?? zdbBlockStore({ timeoutMs: limits.blockTimeoutMs })
  let cache: DiskCache | undefined
  const release = async () => {
    cache?.close()
    if (options.blocks === undefined) await blocks.close()
    if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true })
  }
  try {
    const folder = options.cacheDir ?? (ownFolder as string)
    const opened = await DiskCache.open({ folder, mostBytes: limits.cacheBytes })
    cache = opened
    const metrics = gatewayMetrics({
      cache: () => opened,
      connections: () => served?.connections() ?? 0,
      loading: () => source.loading,
      objects: () => objects.size,
    })
    const source = new BlockSource({
      cache: opened,
      mostLoads: limits.maxLoads,
      loadTimeoutMs: limits.blockTimeoutMs,
      onHit: () => metrics.blocks.add(['cache']),
      onLoad: seconds => {
        metrics.blocks.add(['places'])
        metrics.loadSeconds.observe([], seconds)
      },
    })
    const policy: ReadPolicy = {
      latency: new PlaceLatency(),
      hedgeAfterMs: limits.hedgeAfterMs,
      allow: place => {
        const allowed = places.refusal(place) === undefined
        if (!allowed) metrics.refusedPlaces.add([])
        return allowed
      },
      onWrongShard: ({ place, block, shard }) => {
        metrics.wrongShards.add([])
        const text = `${place} gave a wrong shard ${shard} of block ${block}`
        host.notify({ code: 'GATEWAY_SHARD_WRONG', level: 'warn', text, data: { place, block, shard } })
      },
    }
    const objects = new Objects({
      metadata,
      blocks,
      policy,
      source,
      mostBytes: limits.metadataCacheBytes,
      timeoutMs: limits.metadataTimeoutMs,
      mostEntries: limits.maxEntries,
    })
    let closing: Promise<void> | undefined
    let served: Served | undefined
    const listener = gatewayService({ objects, metrics, host, domain, isClosing: () => closing !== undefined })
    const server = await serveGateway(listener, address, limits)
    served = server
    return {
      url: `http://${formatHostPort(reachable(server.host), server.port)}`,
      host: server.host,
      port: server.port,
      close: () => {
        closing ??= server.close().then(release)
        return closing
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}

/** Every address of a machine is none to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
