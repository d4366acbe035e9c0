/** The machines of a lab, from the moment they begin to start: whoever ends the lab ends them all. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { type LabMachine, type MachineOptions, startMachine } from './machine.js'

export class MachineSet {
  readonly #machines = new Map<string, Promise<LabMachine>>()
  readonly #ready = new Map<string, LabMachine>()
  #stopping: Promise<void> | undefined

  /** In the place of one of that name that has ended. @throws {NodeNetworkError} NODE_NET_LAB */
  start(options: MachineOptions): Promise<LabMachine> {
    if (this.#stopping) return Promise.reject(new NodeNetworkError('NODE_NET_LAB', 'the lab is being stopped'))
    const starting = startMachine(options).then(machine => {
      this.#ready.set(options.name, machine)
      return machine
    })
    this.#machines.set(options.name, starting)
    return starting
  }

  get names(): readonly string[] {
    return [...this.#ready.keys()]
  }

  /** @throws {NodeNetworkError} NODE_NET_LAB when there is none */
  get(name: string): LabMachine {
    const machine = this.#ready.get(name)
    if (machine) return machine
    throw new NodeNetworkError('NODE_NET_LAB', `the lab has no machine ${JSON.stringify(name)}`, {
      hint: `it has ${this.names.join(', ')}`,
    })
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    const started = await Promise.allSettled(this.#machines.values())
    const machines = started.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
    const stopped = await Promise.allSettled(machines.map(machine => machine.stop()))
    const failed = stopped.find(one => one.status === 'rejected')
    if (failed) throw failed.reason
  }
}
