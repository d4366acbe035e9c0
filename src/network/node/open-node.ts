/** A node's network on this Linux, with everything it needs found: tools, DHCP client, process manager. */
import { join } from 'node:path'

import { NodeNetworkError } from '../../errors/node-network.js'
import type { Host } from '../../events/host.js'
import type { NodeNetworkConfig } from './config/config.js'
import { chooseDhcpClient } from './internet/choose-dhcp-client.js'
import type { ProbeTimes } from './look-at-nics.js'
import { NodeNetwork } from './node-network.js'
import { chooseProcessManager } from './services/choose-process-manager.js'
import { connectSupervisor } from './services/daemon-client.js'
import type { ProcessManager } from './services/port.js'
import { ROOT } from './state/desired.js'
import { linuxRunner } from './system/linux-runner.js'
import { linuxSystem } from './system/linux-system.js'
import type { CommandRunner } from './system/runner.js'

export interface OpenNodeOptions {
  /** Checked: see `checkConfig`. */
  readonly config: NodeNetworkConfig
  /** An absolute path: lock, key files, services. */
  readonly stateDir: string
  /** Absent: this machine, or a namespace of it. */
  readonly runner?: CommandRunner
  readonly rootNamespace?: string
  /** Absent: zinit where it is PID 1, otherwise our supervisor in a process of its own. */
  readonly services?: ProcessManager
  /** Program and arguments that start that process; absent: it is not started, only asked. */
  readonly launchSupervisor?: readonly [string, ...string[]]
  readonly probeTimes?: ProbeTimes
  readonly host?: Host
}

/** Where the supervisor of a node keeps what it must know. */
export function servicesFolder(stateDir: string): string {
  return join(stateDir, 'services')
}

/** @throws {NodeNetworkError} NODE_NET_TOOL when a program is missing
 * @example
 * const node = await openNode({ config: checkConfig(given), stateDir: '/run/hyphae/node-network' })
 * const { operations } = await node.plan()
 */
export async function openNode(options: OpenNodeOptions): Promise<NodeNetwork> {
  const { config, stateDir, rootNamespace, launchSupervisor, probeTimes, host } = options
  const runner = options.runner ?? linuxRunner(rootNamespace === undefined ? {} : { rootNamespace })
  const own = () =>
    connectSupervisor({
      folder: servicesFolder(stateDir),
      ...(launchSupervisor === undefined ? {} : { launch: launchSupervisor }),
    })
  const services = options.services ?? chooseProcessManager({ runner, own })
  const myceliumBinary = await findMycelium(runner, config)
  return new NodeNetwork({
    config,
    runner,
    system: linuxSystem({ runner, services, stateDir }),
    services,
    dhcp: await chooseDhcpClient(runner),
    stateDir,
    // A namespace of the machine shares its files.
    ownsResolver: rootNamespace === undefined,
    ...(myceliumBinary === undefined ? {} : { myceliumBinary }),
    ...(probeTimes === undefined ? {} : { probeTimes }),
    ...(host === undefined ? {} : { host }),
  })
}

const UNUSABLE: ReadonlySet<string> = new Set(['NODE_NET_TOOL', 'NODE_NET_COMMAND', 'NODE_NET_PERMISSION'])

/** Looked for only where a network wants it. */
async function findMycelium(runner: CommandRunner, config: NodeNetworkConfig): Promise<string | undefined> {
  if (!config.networks?.some(({ data }) => data.mycelium !== undefined)) return undefined
  const program = config.mycelium?.binary ?? 'mycelium'
  try {
    await runner.run({ namespace: ROOT, program, args: ['--version'] })
    return program
  } catch (error) {
    // Named, it must be there; otherwise a node may do without.
    if (config.mycelium?.binary !== undefined) throw error
    // Also one that may not be run, or does not: on somebody else's path, say.
    if (error instanceof NodeNetworkError && UNUSABLE.has(error.code)) return undefined
    throw error
  }
}
