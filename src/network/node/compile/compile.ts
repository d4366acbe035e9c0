/** From what is stated and what is known to everything that must be there. Pure. */
import { networkId } from '../../address/index.js'
import type { NetworkConfig, NodeNetworkConfig } from '../config/config.js'
import { ndmzLease } from '../decide/ndmz-leases.js'
import { hostRuleset } from '../nft/rulesets/host-ruleset.js'
import { publicIpRuleset } from '../nft/rulesets/public-ip-ruleset.js'
import { type DesiredState, ROOT } from '../state/desired.js'
import { StateDraft } from './draft.js'
import type { NodeFacts } from './facts.js'
import { addMachine, publicDeviceOf } from './machine.js'
import { addNdmz } from './ndmz.js'
import { addPublicNamespace } from './public-namespace.js'
import { addUplink } from './uplink.js'
import { addUserNetwork } from './user-network.js'

/** @param config checked
 * @throws {NodeNetworkError} NODE_NET_NO_ADDRESS when ndmz has no address left
 */
export function compile(config: NodeNetworkConfig, facts: NodeFacts): DesiredState {
  const draft = new StateDraft()
  const { networks = [], machines = [] } = config
  addUplink(draft, config, facts)
  draft.in(ROOT).nft(hostRuleset({ blockedPorts: config.blockedPorts ?? [] }))
  addNdmz(draft, config, facts)
  addPublicNamespace(draft, config)

  const leases = leasesFor(networks, facts.leases)
  const byId = new Map(networks.map(network => [networkId(network.twin, network.name), network]))
  for (const [id, network] of byId) addUserNetwork(draft, network, { config, facts, lease: leases.get(id) as string })
  for (const machine of machines) {
    addMachine(draft, machine, byId.get(networkId(machine.twin, machine.network)) as NetworkConfig, config)
  }
  addPublicIps(draft, config)
  return draft.finish()
}

/** A network keeps the address that it has; new ones get what is free, in the order of the configuration. */
function leasesFor(
  networks: readonly NetworkConfig[],
  standing: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const ids = networks.map(({ twin, name }) => networkId(twin, name))
  // Addresses of networks that go are free again.
  const kept = new Map([...standing].filter(([id]) => ids.includes(id)))
  return ids.reduce<ReadonlyMap<string, string>>((leases, id) => ndmzLease(leases, id).leases, kept)
}

/** A machine sends from its own addresses only. */
function addPublicIps(draft: StateDraft, { machines = [] }: NodeNetworkConfig): void {
  const pinned = machines.flatMap(({ publicIp }) => {
    if (publicIp === undefined) return []
    const ipv4 = publicIp.ipv4?.split('/')[0]
    return [{ ...publicDeviceOf(publicIp.id), ...(ipv4 === undefined ? {} : { ipv4 }), ipv6: publicIp.ipv6 === true }]
  })
  if (pinned.length > 0) draft.in(ROOT).nft(publicIpRuleset({ machines: pinned }))
}
