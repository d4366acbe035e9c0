/**
 * What would come of a configuration on a node that has nothing yet: planned, done in memory, and looked at. Needs no
 * rights and no Linux.
 */

import { NodeNetworkError } from '../../errors/node-network.js'
import { compile } from './compile/compile.js'
import { factsOf, type KnownFacts } from './compile/facts.js'
import type { NodeNetworkConfig } from './config/config.js'
import { withExampleAnswers } from './example-answers.js'
import type { NodePlan } from './node-network.js'
import { planNetwork } from './plan/plan-network.js'
import { type NodeStatus, statusOf } from './report/status.js'
import { simulate } from './simulate/simulate.js'
import { type DesiredState, ROOT } from './state/desired.js'
import type { ObservedLink, ObservedState } from './state/observed.js'
import { assumedChoice, idleNics, knownProbes, nicsOf, type UplinkChoice } from './uplink-choice.js'

export interface Simulated {
  readonly planned: NodePlan
  /** Its leases and advertised addresses are examples: 192.0.2.0/24, 2001:db8::/32. */
  readonly status: NodeStatus
}

/** NICs are those that the configuration names, or one called eth0; each has a cable.
 *
 * @param config checked
 * @throws {NodeNetworkError} NODE_NET_NOT_CONVERGED when the plan does not lead where it must: a bug
 */
export function simulateNode(config: NodeNetworkConfig): Simulated {
  const before = bareNode(config)
  const choice = assumedChoice(nicsOf(before, config), config)
  const planned = planNetwork(desiredOf(before, config, choice), before)
  // As a lease client and the kernel would find it: what they add belongs to them, and no plan takes it away.
  const after = withExampleAnswers(planned.operations.reduce(simulate, before), choice.exit !== undefined)
  const plan = planNetwork(desiredOf(after, config, choice), after)
  if (plan.operations.length > 0) {
    throw new NodeNetworkError('NODE_NET_NOT_CONVERGED', 'the plan of a bare node leaves something to do', {
      details: { operations: plan.operations },
    })
  }
  const nics = nicsOf(after, config).map(({ name }) => name)
  return {
    planned: { ...planned, choice, probes: idleNics(nicsOf(before, config)).map(({ name }) => name) },
    status: statusOf({ config, observed: after, nics, probes: knownProbes(after, config), plan }),
  }
}

function bareNode({ nics, uplink, exit }: NodeNetworkConfig): ObservedState {
  const named = [uplink?.nic, exit?.nic].filter(nic => nic !== undefined)
  const names = [...new Set(nics ?? (named.length > 0 ? named : ['eth0']))]
  const links = names.map(
    (name, index): ObservedLink => ({
      name,
      index: index + 2,
      kind: 'device',
      up: true,
      carrier: true,
      mac: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
      mtu: 1500,
      addresses: [],
    }),
  )
  return {
    namespaces: [{ name: ROOT, marked: false, links, routes: [], sysctls: {}, nft: [] }],
    services: [],
  }
}

/** Nothing of them is started: what is simulated has the services of any node. */
const KEEPS: KnownFacts = {
  keepLease: (link, namespace) => ({ name: `dhcp-${link}`, namespace, command: ['dhcpcd', '-B', '-4', link] }),
  stateDir: '/run/hyphae/node-network',
}

function desiredOf(observed: ObservedState, config: NodeNetworkConfig, choice: UplinkChoice): DesiredState {
  return compile(config, factsOf({ observed, nics: nicsOf(observed, config), choice, known: KEEPS }))
}
