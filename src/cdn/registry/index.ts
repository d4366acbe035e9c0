/** The registry's door. */
export type { Rate } from './guard/rate-limit.js'
export { DEFAULT_LIMITS, type RegistryLimits, type RegistryServerOptions } from './options.js'
export { type Registry, startRegistry } from './start.js'
export type { PostgresAddress, PostgresParts, PostgresUrl } from './store/postgres/address.js'
