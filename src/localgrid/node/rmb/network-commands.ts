/** `zos.network.*`. Source: threefoldtech/zosbase pkg/zos_api/network.go and pkg/zos_api_light/network.go. */
import { ZosError } from '../../../errors/zos.js'
import { shuffled } from '../engine/shuffle.js'
import { portsInUse, RESERVED_PORTS } from '../provision/networks.js'
import { publicIpResult, publicIpv6 } from '../provision/public-ips.js'
import { objectArgument, textArgument } from './arguments.js'
import { type Call, type CommandTable, open } from './command.js'

const shared: CommandTable = {
  'zos.network.list_wg_ports': open(({ node }) => {
    const taken = portsInUse(node.facts.state)
    const ports = new Set(node.facts.light ? taken : [...RESERVED_PORTS, ...taken])
    return shuffled([...ports], node.nextSeed())
  }),
  'zos.network.list_private_ips': open(listPrivateIps),
}

export const fullNetworkCommands: CommandTable = {
  ...shared,
  'zos.network.public_config_get': open(({ node }) => publicConfig(node, '')),
  'zos.network.interfaces': open(({ node }) => ({ zos: node.zosIps, ygg: [node.facts.overlay.yggdrasilAddress] })),
  'zos.network.has_ipv6': open(({ node }) => {
    // Not false: the call itself fails.
    if (!publicIpv6(node.facts.publicConfig())) throw refuse('no public ipv6 found')
    return true
  }),
  'zos.network.list_public_ips': open(({ node }) => {
    const ips = [...node.facts.state.workloads()].map(({ live }) => publicIpResult(live.current)?.ip ?? '')
    return ips.filter(ip => ip !== '')
  }),
}

export const lightNetworkCommands: CommandTable = {
  ...shared,
  'zos.network.public_config_get': open(({ node }) => {
    try {
      return publicConfig(node, 'macvlan')
    } catch (cause) {
      throw new ZosError('ZOS_INVALID', `failed to load public config: ${(cause as Error).message}`, { cause })
    }
  }),
  'zos.network.interfaces': open(({ node }) => ({ zos: node.zosIps })),
  'zos.network.has_ipv6': open(() => false),
}

function publicConfig(node: Call['node'], type: string) {
  const config = node.facts.publicConfig()
  if (!config) throw refuse('no public configuration')
  return {
    type,
    ipv4: config.ip4.ip,
    ipv6: config.ip6?.ip ?? '',
    gw4: config.ip4.gw,
    gw6: config.ip6?.gw ?? '',
    domain: config.domain ?? '',
  }
}

/** Addresses of the caller's machines on a network, whatever deployment they are in. */
function listPrivateIps({ node, caller, payload }: Call): string[] {
  const network = textArgument(objectArgument(payload), 'network_name')
  return node.engine.list(caller).flatMap(({ workloads }) =>
    workloads.flatMap(workload => {
      if (workload.type !== 'zmachine' && workload.type !== 'zmachine-light') return []
      if (workload.result.state === 'deleted' || workload.result.state === 'error') return []
      return workload.data.network.interfaces.filter(nic => nic.network === network).map(nic => nic.ip)
    }),
  )
}

function refuse(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}
