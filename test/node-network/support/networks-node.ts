/** A node of a lab whose configuration changes while its services run on. */
import { join } from 'node:path'
import { checkConfig } from '../../../src/network/node/config/check-config.js'
import type { LabMachine } from '../../../src/network/node/lab/machine.js'
import type { Applied, NodeNetwork } from '../../../src/network/node/node-network.js'
import { openNode, servicesFolder } from '../../../src/network/node/open-node.js'
import { createSupervisor, type Supervisor } from '../../../src/network/node/services/supervisor.js'

/** Routers of a lab are quick: who has not answered by then does not. */
const PROBE_TIMES = { graceMs: 300 }

export interface TestNode {
  readonly machine: LabMachine
  readonly services: Supervisor
  readonly stateDir: string
  /** With another configuration. */
  network(config: unknown): Promise<NodeNetwork>
  apply(config: unknown): Promise<Applied>
  /** Ends its services. */
  close(): Promise<void>
}

/** @param folder below the machine's own; another one is another life of the node's files */
export function testNode(machine: LabMachine, folder = 'state'): TestNode {
  const { runner } = machine
  const stateDir = join(machine.folder, folder)
  const services = createSupervisor({ folder: servicesFolder(stateDir), runner })
  const network = (config: unknown) =>
    openNode({ config: checkConfig(config), stateDir, runner, services, probeTimes: PROBE_TIMES })
  return {
    machine,
    services,
    stateDir,
    network,
    apply: async config => (await network(config)).apply(),
    close: () => services.close({ keep: false }),
  }
}
