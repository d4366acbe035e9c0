/** `zos.admin.*`, for the farmer. Source: threefoldtech/zosbase pkg/zos_api/admin.go. */
import { parseJson } from '../../../core/json.js'
import { ZosError } from '../../../errors/zos.js'
import { macFrom, macText } from '../../../zos/mac.js'
import type { Call, Command, CommandTable } from './command.js'

const shared: CommandTable = { 'zos.admin.interfaces': farmer(interfaces) }

export const fullAdminCommands: CommandTable = {
  ...shared,
  'zos.admin.get_public_nic': farmer(({ node }) => {
    const nic = node.publicNic
    return { is_single: nic === '', is_dual: nic !== '', dual_interface: nic }
  }),
  'zos.admin.set_public_nic': farmer(({ node, payload }) => {
    const nic = nicName(payload)
    const known = Object.keys(interfaces({ node }))
    if (!known.includes(nic)) throw refuse(`failed to get link '${nic}': Link not found`)
    node.publicNic = nic
  }),
}

export const lightAdminCommands: CommandTable = {
  ...shared,
  'zos.admin.get_public_nic': farmer(notSupported),
  'zos.admin.set_public_nic': farmer(notSupported),
}

function interfaces({ node }: Pick<Call, 'node'>): Record<string, { ips: readonly string[] | null; mac: string }> {
  const mac = (name: string) => macText(macFrom(`${node.spec.nodeId}:${name}`))
  const registered = node.onChain()?.interfaces ?? []
  return {
    eth0: { ips: null, mac: mac('eth0') },
    eth1: { ips: null, mac: mac('eth1') },
    ...Object.fromEntries(registered.map(nic => [nic.name, { ips: nic.ips, mac: nic.mac }])),
    zos: { ips: node.zosIps.map(ip => `${ip}/${ip.includes(':') ? 64 : 16}`), mac: mac('zos') },
  }
}

function nicName(payload: string): string {
  try {
    const value = parseJson(payload)
    if (typeof value === 'string') return value
  } catch {
    // Falls through to the one message there is for both.
  }
  throw refuse('failed to decode input, expecting string: json: cannot unmarshal the payload into a string')
}

function notSupported(): never {
  throw refuse('not supported')
}

function farmer(run: Command['run']): Command {
  return { authority: 'farmer', run }
}

function refuse(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}
