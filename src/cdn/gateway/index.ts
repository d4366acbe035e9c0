/** The gateway's door. */
export { DEFAULT_LIMITS, type GatewayLimits, type GatewayOptions } from './options.js'
export { type Gateway, startGateway } from './start.js'
