/** One node of the local grid: its engine, what it says of itself, and the events of the chain that concern it. */
import type { Contract, Farm, GridNode } from '../../chain/port.js'
import type { Deployment, Workload } from '../../zos/deployment.js'
import type { FaultBoard } from '../faults.js'
import type { ChainControl } from '../ports.js'
import { Engine } from './engine/engine.js'
import { Journal } from './engine/journal.js'
import { shuffled } from './engine/shuffle.js'
import type { StartNodesOptions } from './options.js'
import type { Pauses } from './pauses.js'
import { Disks } from './provision/disks.js'
import { simulatedDriver } from './provision/driver.js'
import { ownAddresses } from './provision/gateways.js'
import { gpusInUse } from './provision/gpus.js'
import { type NodeFacts, refuse } from './provision/manager.js'
import { Overlay } from './provision/overlay.js'
import { describeLocation, type Location } from './rmb/location.js'
import { featuresOf } from './rmb/system-commands.js'
import { isLight, type NodeSpec, poolsOf } from './spec.js'

export interface LocalNodeOptions extends StartNodesOptions {
  /** Waits that end when the grid is closed. */
  readonly pauses: Pauses
}

export class LocalNode {
  readonly facts: NodeFacts
  readonly engine: Engine
  readonly adminTwins: ReadonlySet<number>
  /** Milliseconds since the epoch. */
  readonly startedMs: number
  /** The interface that public addresses go out by; empty while it is the one of `zos`. */
  publicNic = ''
  readonly #chain: ChainControl
  readonly #faults: FaultBoard
  #location: Location | undefined
  #seed: number

  constructor(
    readonly spec: NodeSpec,
    options: LocalNodeOptions,
  ) {
    const { chain, faults } = options
    const now = options.now ?? Date.now
    this.#chain = chain
    this.#faults = faults
    this.#seed = spec.nodeId
    this.startedMs = now()
    this.adminTwins = new Set(options.adminTwins)

    const journal = new Journal(options.store, `node-${spec.nodeId}`)
    const full = () => faults.peek('full-disk', fault => fault.nodeId === spec.nodeId) !== undefined
    this.facts = {
      spec,
      light: isLight(spec.kind),
      state: journal.state,
      disks: new Disks(poolsOf(spec), journal.state, full),
      overlay: new Overlay(() => spec.identity.miniSecret()),
      publicConfig: () => (this.onChain() ?? spec).publicConfig,
      contractByName: name => this.#contractByName(name),
      resolve: async host => (options.resolve ? options.resolve(host) : this.#pretendResolver(host)),
    }
    this.engine = new Engine({
      node: this.facts,
      journal,
      chain,
      driver: options.driver ?? simulatedDriver,
      admission: { twin: id => chain.twin(id), verifier: options.verifier, kycStatus: options.kycStatus },
      before: workload => this.#misbehave(workload, options.pauses),
      now,
    })
  }

  onChain(): GridNode | undefined {
    return this.#chain.node(this.spec.nodeId)
  }

  farm(): Farm | undefined {
    const farmId = this.onChain()?.farmId
    return farmId === undefined ? undefined : this.#chain.farm(farmId)
  }

  /** Ids of the nodes of its farm, itself included. */
  farmNodes(): number[] {
    const farmId = this.onChain()?.farmId
    return this.#chain.nodes().flatMap(node => (node.farmId === farmId ? [node.id] : []))
  }

  /** False while its farmer has it switched off. */
  isUp(): boolean {
    return this.onChain()?.power.target !== 'Down'
  }

  features(): readonly string[] {
    return featuresOf(this)
  }

  /** With the contract that each is in use by, 0 while free. */
  gpus() {
    const used = gpusInUse(this.facts.state)
    return (this.spec.gpus ?? []).map(gpu => ({ ...gpu, contract: used.get(gpu.id) ?? 0n }))
  }

  get zosIps(): readonly string[] {
    const { nodeId, zosIps } = this.spec
    return zosIps ?? [`192.168.${Math.floor(nodeId / 254) % 256}.${(nodeId % 254) + 1}`]
  }

  location(): Location {
    this.#location ??= describeLocation(this.onChain()?.location, this.spec.continent)
    return this.#location
  }

  /** As `get` prints it: workloads in an order that nobody may rely on. */
  printed(deployment: Deployment): Deployment {
    return { ...deployment, workloads: shuffled(deployment.workloads, this.nextSeed()) }
  }

  /** Differs at each call, and is the same in each run. */
  nextSeed(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed
  }

  #contractByName(name: string): Contract | undefined {
    const id = this.#chain.contractByName(name)
    return id === undefined ? undefined : this.#chain.contract(id)
  }

  /** Without a resolver every public name leads to this node, except those that never exist (RFC 2606). */
  #pretendResolver(host: string): readonly string[] {
    if (host.endsWith('.invalid')) throw refuse(`lookup ${host}: no such host`)
    const config = this.facts.publicConfig()
    return config ? ownAddresses(config) : []
  }

  async #misbehave({ name }: Workload, pauses: Pauses): Promise<void> {
    const concerns = (fault: { nodeId?: number; name?: string }) =>
      (fault.nodeId ?? this.spec.nodeId) === this.spec.nodeId && (fault.name ?? name) === name
    const slow = this.#faults.strike('slow-workload', concerns)
    if (slow) await pauses.wait(`workload ${name} on node ${this.spec.nodeId}`, slow.delayMs)
    const failing = this.#faults.strike('failing-workload', concerns)
    if (failing) throw refuse(failing.message ?? 'the local grid was told to let this workload fail')
  }
}
