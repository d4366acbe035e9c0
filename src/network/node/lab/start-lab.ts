/** Builds a scenario: everything at once, as far as one thing does not need another. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Deadline } from '../../../core/deadline.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { type Cable, createFabric, FABRIC_SYSCTLS, type Fabric, nicMac } from './fabric.js'
import { type LabInternet, startInternet, startUser } from './internet.js'
import { INTERNET } from './internet-addresses.js'
import type { LabMachine } from './machine.js'
import { MachineSet } from './machine-set.js'
import { checkRequirements, labRequirements } from './requirements.js'
import { type LabRouter, ROUTER_SYSCTLS, startRouter } from './router.js'
import { WAN } from './router-config.js'
import type { NodeSpec, Scenario } from './scenario.js'

export interface LabOptions {
  /** For its files; it is made where it is not there, and stays. Absent: one that is removed in the end. */
  readonly folder?: string
  /** Ends the building; a lab that stands is stopped by `stop`. */
  readonly signal?: AbortSignal
  /** A user namespace although we are root: see `MachineOptions`. */
  readonly userNamespace?: boolean
  /** Ask whether IPv6 addresses are taken, everywhere: nothing answers for three seconds. False when absent. */
  readonly duplicateAddressDetection?: boolean
  /** Name → address: the router answers DNS too, and leases name it. */
  readonly names?: Readonly<Record<string, string>>
}

export interface Lab {
  readonly scenario: Scenario
  /** For its files. */
  readonly folder: string
  readonly fabric: Fabric
  readonly router: LabRouter
  readonly internet: LabInternet
  /** With their cables in, and nothing else done. */
  readonly nodes: ReadonlyMap<string, LabMachine>
  readonly users: ReadonlyMap<string, LabMachine>
  /** Any of them: `node1`, `router`, `internet`, `fabric`. @throws {NodeNetworkError} NODE_NET_LAB when there is none */
  machine(name: string): LabMachine
  /** Cuts a node's power and gives it back: another machine in its place, its cables in.
   *
   * @throws {NodeNetworkError} NODE_NET_LAB when there is no such node
   */
  restart(node: string): Promise<LabMachine>
  /** Leaves nothing but the folder that was given. Nothing happens the second time. */
  stop(): Promise<void>
}

const BUILD_MS = 30_000

/** @throws {NodeNetworkError} NODE_NET_LAB when it cannot be built: what is missing, or what went wrong; nothing is left
 * @throws {CancelledError} when the signal was given
 * @example
 * const lab = await startLab(findScenario('nat4-only'))
 * await lab.machine('node1').run('ip', 'link') // eth0, down
 * await lab.stop()
 */
export async function startLab(scenario: Scenario, options: LabOptions = {}): Promise<Lab> {
  const { folder: given, signal } = options
  checkRequirements(await labRequirements(userNamespaceOf(options)))
  if (given !== undefined) await mkdir(given, { recursive: true })
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'hyphae-lab-')))
  const machines = new MachineSet()
  const stop = async () => {
    await machines.stop()
    if (given === undefined) await rm(folder, { recursive: true, force: true })
  }
  try {
    const deadline = new Deadline(`the lab ${scenario.name}`, BUILD_MS, signal)
    return await deadline.race(build({ scenario, options, folder, machines, stop }))
  } catch (cause) {
    await stop()
    throw cause
  }
}

interface Building {
  readonly scenario: Scenario
  readonly options: LabOptions
  readonly folder: string
  readonly machines: MachineSet
  readonly stop: () => Promise<void>
}

async function build({ scenario, options, folder, machines, stop }: Building): Promise<Lab> {
  const { segments } = scenario
  const common = { folder, duplicateAddressDetection: options.duplicateAddressDetection ?? false }
  const fabricMachine = machines.start({
    ...common,
    ...userNamespaceOf(options),
    name: 'fabric',
    sysctls: FABRIC_SYSCTLS,
  })
  // Whose cables go into one fabric are in one user namespace, where there is one.
  const within = isUser(options) ? { within: await fabricMachine } : {}
  const start = (name: string, sysctls: Readonly<Record<string, string>> = {}) =>
    machines.start({ ...common, ...within, name, sysctls })
  const [fabricReady, routerMachine, internetMachine, nodeMachines, userMachines] = await Promise.all([
    fabricMachine.then(async machine => {
      const fabric = createFabric(machine)
      await fabric.addSegments(INTERNET.segment, ...segments.map(({ name }) => name))
      return fabric
    }),
    start('router', ROUTER_SYSCTLS),
    start('internet'),
    Promise.all(scenario.nodes.map(({ name }) => start(name))),
    Promise.all(scenario.users.map(({ name }) => start(name))),
  ])
  const fabric = fabricReady
  const nodes = new Map(nodeMachines.map(machine => [machine.name, machine]))
  const users = new Map(userMachines.map(machine => [machine.name, machine]))

  await fabric.connect(
    { machine: internetMachine, nic: 'eth0', segment: INTERNET.segment },
    { machine: routerMachine, nic: WAN, segment: INTERNET.segment },
    ...segments.map(({ name }) => ({ machine: routerMachine, nic: name, segment: name })),
    ...userMachines.map(machine => ({ machine, nic: 'eth0', segment: INTERNET.segment })),
    ...scenario.nodes.flatMap((node, index) => cablesOf(node, nodeMachines[index] as LabMachine)),
  )

  const reservations = scenario.nodes.flatMap(({ name, nics }) =>
    nics.flatMap(nic => (nic.reserved === undefined ? [] : [{ mac: nicMac(name, nic.name), ipv4: nic.reserved }])),
  )
  const names = options.names === undefined ? {} : { names: options.names }
  const [router, internet] = await Promise.all([
    startRouter({ machine: routerMachine, segments, reservations, ...names }),
    startInternet(internetMachine, segments),
    ...scenario.users.map((user, index) => startUser(userMachines[index] as LabMachine, user, segments)),
  ])

  return {
    scenario,
    folder,
    fabric,
    router,
    internet,
    nodes,
    users,
    machine: name => machines.get(name),
    async restart(name) {
      const spec = scenario.nodes.find(node => node.name === name)
      if (!spec) throw new NodeNetworkError('NODE_NET_LAB', `the lab has no node ${JSON.stringify(name)}`)
      // The cables first: the kernel removes those of a machine that ends when it has time.
      await fabric.disconnect(...cablesOf(spec, machines.get(name)))
      await machines.get(name).kill()
      const machine = await start(name)
      await fabric.connect(...cablesOf(spec, machine))
      nodes.set(name, machine)
      return machine
    },
    stop,
  }
}

function cablesOf({ nics }: NodeSpec, machine: LabMachine): readonly Cable[] {
  return nics.map(({ name, segment }) => ({ machine, nic: name, segment }))
}

function isUser({ userNamespace }: LabOptions): boolean {
  return userNamespace ?? process.geteuid?.() !== 0
}

function userNamespaceOf({ userNamespace }: LabOptions): { userNamespace?: boolean } {
  return userNamespace === undefined ? {} : { userNamespace }
}
