/**
 * A virtual machine on a light node: no public addresses, no Yggdrasil.
 * Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine_light.go.
 */
import { struct } from '../json/composites.js'
import { text } from '../json/scalars.js'
import type { ZMachineLight } from './data.js'
import {
  bodyChallenge,
  interfaces,
  interfacesChallenge,
  machineCapacityOf,
  machineFields,
  mycelium,
  validateBody,
  validateOverlay,
} from './machine-parts.js'
import type { WorkloadSpec } from './spec.js'

export const zmachineLight: WorkloadSpec<'zmachine-light'> = {
  type: 'zmachine-light',
  codec: struct<ZMachineLight>('zos', 'ZMachineLight', {
    flist: text(),
    network: struct<ZMachineLight['network']>('zos', 'MachineNetworkLight', { interfaces, mycelium }),
    ...machineFields,
  }),
  validate: data => validateBody(data) ?? validateOverlay(data.network),
  challenge: data => `${data.flist}${interfacesChallenge(data.network)}${bodyChallenge(data)}`,
  capacity: machineCapacityOf,
  updatable: false,
  sharable: false,
}
