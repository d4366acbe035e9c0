/** 0-DB: a client for any, and a server that speaks the same. */
export type { NamespaceInfo } from './client/namespace-info.js'
export type { ZdbAddress, ZdbClientOptions, ZdbRequestOptions, ZdbTuning } from './client/options.js'
export type { HistoryEntry, NamespaceProperty, ScanEntry, ScanPage } from './client/zdb-client.js'
export { ZdbClient } from './client/zdb-client.js'
export type { ZdbPoolOptions } from './client/zdb-pool.js'
export { ZdbPool } from './client/zdb-pool.js'
export type { RunningZdb, ZdbOptions } from './server/start-zdb.js'
export { startZdb } from './server/start-zdb.js'
