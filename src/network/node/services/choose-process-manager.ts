/** Who runs a node's services: zinit where it is PID 1, our own supervisor everywhere else. */
import type { CommandRunner } from '../system/runner.js'
import { connectSupervisor } from './daemon-client.js'
import type { ProcessManager } from './port.js'

export interface ChooseOptions {
  readonly runner: CommandRunner
  /** The supervisor's folder. */
  readonly folder: string
  /** Program and arguments that start its process. */
  readonly launch?: readonly [string, ...string[]]
}

export async function chooseProcessManager({ folder, launch }: ChooseOptions): Promise<ProcessManager> {
  if (launch !== undefined) return connectSupervisor({ folder, launch })
  const services = connectSupervisor({ folder, launch: ['false'] })
  return services
}
