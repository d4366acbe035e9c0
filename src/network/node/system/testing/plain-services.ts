/** Services without a supervisor: started, and ended with the whole group of processes that enters a machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

import { fingerprintOf } from '../../services/fingerprint.js'
import type { ProcessManager, ServiceSpec, ServiceStatus } from '../../services/port.js'
import type { CommandRunner } from '../runner.js'

export interface PlainServices extends ProcessManager {
  readonly commands: readonly (readonly string[])[]
}

export function plainServices(runner: CommandRunner): PlainServices {
  const running = new Map<string, { child: ChildProcess; spec: ServiceSpec }>()
  const commands: (readonly string[])[] = []
  const stop = async (name: string) => {
    const service = running.get(name)
    if (!service) return
    running.delete(name)
    const { child } = service
    if (child.exitCode !== null || child.signalCode !== null) return
    process.kill(-Number(child.pid), 'SIGTERM')
    await once(child, 'exit')
  }
  return {
    commands,
    stop,
    async start(spec) {
      if (running.get(spec.name)?.child.exitCode === null) return
      const [program = '', ...args] = runner.argvOf(spec.namespace, spec.command)
      commands.push([program, ...args])
      const child = spawn(program, args, { detached: true, stdio: 'ignore' })
      await once(child, 'spawn')
      running.set(spec.name, { child, spec })
    },
    async list() {
      return [...running.values()].map(({ child, spec }): ServiceStatus => {
        const state = child.exitCode === null && child.signalCode === null ? 'running' : 'stopped'
        return { name: spec.name, state, fingerprint: fingerprintOf(spec), restarts: 0 }
      })
    },
    async log() {
      return []
    },
  }
}
