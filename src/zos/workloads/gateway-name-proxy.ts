/** A name under the node's domain, forwarded to a backend. Source: threefoldtech/zosbase pkg/gridtypes/zos/gw_name.go. */
import { struct } from '../json/composites.js'
import { text } from '../json/scalars.js'
import type { GatewayNameProxy } from './data.js'
import { gatewayChallenge, gatewayFields, gatewayPaths, validateGateway } from './gateway-parts.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const gatewayNameProxy: WorkloadSpec<'gateway-name-proxy'> = {
  type: 'gateway-name-proxy',
  codec: struct<GatewayNameProxy>('zos', 'GatewayNameProxy', { name: text(), ...gatewayFields }, gatewayPaths),
  validate: data => (/^[a-zA-Z0-9-_]+$/.test(data.name) ? validateGateway(data) : `name ${data.name} is invalid`),
  challenge: data => data.name + gatewayChallenge(data),
  capacity: () => noCapacity,
  updatable: false,
  sharable: false,
}
