/** A full domain name, forwarded to a backend. Source: threefoldtech/zosbase pkg/gridtypes/zos/gw_fqdn.go. */
import { struct } from '../json/composites.js'
import { text } from '../json/scalars.js'
import type { GatewayFqdnProxy } from './data.js'
import { gatewayChallenge, gatewayFields, gatewayPaths, validateGateway } from './gateway-parts.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const gatewayFqdnProxy: WorkloadSpec<'gateway-fqdn-proxy'> = {
  type: 'gateway-fqdn-proxy',
  codec: struct<GatewayFqdnProxy>('zos', 'GatewayFQDNProxy', { fqdn: text(), ...gatewayFields }, gatewayPaths),
  validate: data => (isFqdn(data.fqdn) ? validateGateway(data) : `fqdn ${data.fqdn} is invalid`),
  challenge: data => data.fqdn + gatewayChallenge(data),
  capacity: () => noCapacity,
  updatable: false,
  sharable: false,
}

/** Two labels at least, the last of two characters at least; label by label, so that no input can make it slow. */
function isFqdn(name: string): boolean {
  const labels = name.split('.')
  return labels.length > 1 && labels.every(label => /^[a-zA-Z0-9-_]+$/.test(label)) && (labels.at(-1)?.length ?? 0) > 1
}
