/** A node of a lab with its own network set up, by this process. */
import { join } from 'node:path'

import type { Host } from '../../../events/host.js'
import type { NodeNetworkConfig } from '../config/config.js'
import type { ProbeTimes } from '../look-at-nics.js'
import type { NodeNetwork } from '../node-network.js'
import { openNode, servicesFolder } from '../open-node.js'
import { createSupervisor, type Supervisor } from '../services/supervisor.js'
import type { LabMachine } from './machine.js'

export interface LabNode {
  readonly machine: LabMachine
  readonly network: NodeNetwork
  readonly services: Supervisor
  /** Ends its services. The machine goes on. */
  close(): Promise<void>
}

/** Everything is near here: who has not answered by then does not answer. */
const PROBE_TIMES: ProbeTimes = { graceMs: 600, dhcpMs: 3_000 }

/** @param config checked
 * @param probeTimes where a lab shares its processors with others, say
 */
export async function openLabNode(
  machine: LabMachine,
  config: NodeNetworkConfig,
  host?: Host,
  probeTimes: ProbeTimes = PROBE_TIMES,
): Promise<LabNode> {
  const { runner } = machine
  const stateDir = join(machine.folder, 'state')
  const services = createSupervisor({ folder: servicesFolder(stateDir), runner })
  const network = await openNode({
    config,
    stateDir,
    runner,
    services,
    probeTimes,
    ...(host === undefined ? {} : { host }),
  })
  return { machine, network, services, close: () => services.close({ keep: false }) }
}
