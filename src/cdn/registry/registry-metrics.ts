/** What the registry counts. */

import { type Counter, type Histogram, Metrics } from '../metrics/metrics.js'
import type { MemoryBudget } from './guard/memory-budget.js'
import type { BlobStore } from './store/blob-store.js'

export interface RegistryMetrics {
  readonly requests: Counter
  readonly seconds: Histogram
  readonly saved: Counter
  readonly savedBytes: Counter
  readonly loadedBytes: Counter
  text(): string
}

export function registryMetrics(parts: {
  readonly store: BlobStore
  readonly budget: MemoryBudget
  readonly connections: () => number
}): RegistryMetrics {
  const metrics = new Metrics()
  const startedAt = performance.now()
  const counters = {
    requests: metrics.counter('hyphae_registry_requests_total', 'Answered requests.', ['route', 'method', 'status']),
    seconds: metrics.histogram('hyphae_registry_request_seconds', 'Time from request to answer.', ['route']),
    saved: metrics.counter('hyphae_registry_blobs_saved_total', 'Blobs by what became of them.', ['outcome']),
    savedBytes: metrics.counter('hyphae_registry_saved_bytes_total', 'Bytes of new blobs.'),
    loadedBytes: metrics.counter('hyphae_registry_loaded_bytes_total', 'Bytes of blobs sent to clients.'),
  }
  // There from the beginning, so that a rate over them is never missing.
  for (const outcome of ['created', 'present', 'mended']) counters.saved.add([outcome], 0)
  counters.savedBytes.add([], 0)
  counters.loadedBytes.add([], 0)

  metrics.gauge('hyphae_registry_connections', 'Open connections.', parts.connections)
  metrics.gauge('hyphae_registry_blob_bytes_in_memory', 'Bytes of blobs under way.', () => parts.budget.usedBytes)
  for (const name of Object.keys(parts.store.gauges())) {
    metrics.gauge(`hyphae_registry_store_${name}`, `Of the store: ${name.replaceAll('_', ' ')}.`, () => {
      return parts.store.gauges()[name] ?? 0
    })
  }
  metrics.gauge('hyphae_registry_uptime_seconds', 'Since the start.', () => (performance.now() - startedAt) / 1_000)
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
  return { ...counters, text: () => metrics.text() }
}
