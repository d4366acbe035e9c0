/** What the gateway counts. */
import { type Counter, type Histogram, Metrics } from '../metrics/metrics.js'
import type { DiskCache } from './cache/disk-cache.js'

export interface GatewayMetrics {
  readonly requests: Counter
  readonly seconds: Histogram
  readonly sentBytes: Counter
  readonly blocks: Counter
  readonly loadSeconds: Histogram
  readonly wrongShards: Counter
  readonly refusedPlaces: Counter
  text(): string
}

export interface Measured {
  readonly cache: () => DiskCache
  readonly connections: () => number
  readonly loading: () => number
  readonly objects: () => number
}

export function gatewayMetrics({ cache, connections, loading, objects }: Measured): GatewayMetrics {
  const metrics = new Metrics()
  const startedAt = performance.now()
  const counters = {
    requests: metrics.counter('hyphae_gateway_requests_total', 'Answered requests.', ['form', 'method', 'status']),
    seconds: metrics.histogram('hyphae_gateway_request_seconds', 'Time from request to the end of the answer.', [
      'form',
    ]),
    sentBytes: metrics.counter('hyphae_gateway_sent_bytes_total', 'Bytes of content sent to clients.'),
    blocks: metrics.counter('hyphae_gateway_blocks_total', 'Blocks by where they came from.', ['from']),
    loadSeconds: metrics.histogram('hyphae_gateway_load_seconds', 'Time to fetch a block from its places.', []),
    wrongShards: metrics.counter('hyphae_gateway_wrong_shards_total', 'Shards that were not what their block says.'),
    refusedPlaces: metrics.counter(
      'hyphae_gateway_refused_places_total',
      'Shards at places that may not be connected to.',
    ),
  }
  // There from the beginning, so that a rate over them is never missing.
  for (const from of ['cache', 'places']) counters.blocks.add([from], 0)
  for (const counter of [counters.sentBytes, counters.wrongShards, counters.refusedPlaces]) counter.add([], 0)

  const ofCache = (name: string, help: string, read: (stats: ReturnType<DiskCache['stats']>) => number) =>
    metrics.gauge(`hyphae_gateway_cache_${name}`, help, () => read(cache().stats()))
  ofCache('entries', 'Blocks in the cache.', ({ entries }) => entries)
  ofCache('bytes', 'Bytes of the cache.', ({ bytes }) => bytes)
  ofCache('evicted', 'Blocks dropped for want of room since the start.', ({ evicted }) => evicted)
  ofCache('damaged', 'Blocks found damaged since the start.', ({ damaged }) => damaged)
  ofCache('failed_writes', 'Blocks the disk did not take since the start.', ({ failedWrites }) => failedWrites)
  metrics.gauge('hyphae_gateway_connections', 'Open connections.', connections)
  metrics.gauge('hyphae_gateway_loading_blocks', 'Blocks being fetched.', loading)
  metrics.gauge('hyphae_gateway_objects', 'Objects whose metadata is in memory.', objects)
  metrics.gauge('hyphae_gateway_uptime_seconds', 'Since the start.', () => (performance.now() - startedAt) / 1_000)
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
  return { ...counters, text: () => metrics.text() }
}
