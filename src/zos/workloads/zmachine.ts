/** A virtual machine on a full node. Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine.go. */
import { decodeWith } from '../json/codec.js'
import { struct } from '../json/composites.js'
import { workloadName } from '../json/go-types.js'
import { flag, text } from '../json/scalars.js'
import type { ZMachine } from './data.js'
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
import type { Surroundings, WorkloadSpec } from './spec.js'

const codec = struct<ZMachine>('zos', 'ZMachine', {
  flist: text(),
  network: struct<ZMachine['network']>('zos', 'MachineNetwork', {
    public_ip: workloadName,
    planetary: flag,
    interfaces,
    mycelium,
  }),
  ...machineFields,
})

export const zmachine: WorkloadSpec<'zmachine'> = {
  type: 'zmachine',
  codec,
  validate(data, around) {
    const problem = validateBody(data)
    if (problem !== undefined) return problem
    if (data.network.public_ip !== '') {
      const verdict = validatePublicIp(data.network.public_ip, around)
      if (verdict !== 'fine') return verdict === 'accepted as it is' ? undefined : verdict.refused
    }
    return validateOverlay(data.network)
  },
  challenge: data =>
    `${data.flist}${data.network.public_ip}${data.network.planetary}${interfacesChallenge(data.network)}${bodyChallenge(data)}`,
  capacity: machineCapacityOf,
  updatable: false,
  sharable: false,
}

type IpVerdict = 'fine' | 'accepted as it is' | { readonly refused: string }

function validatePublicIp(name: string, around: Surroundings): IpVerdict {
  const found = around.find(name)
  if (!found) return { refused: 'public ip is not found' }
  // The node wraps an error that is not there, gets no error, and leaves out the rules that follow.
  if (found.type !== 'ip' && found.type !== 'ipv4') return 'accepted as it is'

  let users = 0
  for (const machine of around.ofType('zmachine')) {
    if (machine.data === undefined) return { refused: 'unexpected end of JSON input' }
    const decoded = decodeWith(codec, machine.data)
    if (!decoded.ok) return { refused: decoded.message }
    if (decoded.value.network.public_ip === name) users++
  }
  return users > 1 ? { refused: 'public ip is assigned to multiple vms' } : 'fine'
}
