/** A chain for the tests of nodes: contracts are put there by hand, events are sent when the test says so. */
import type {
  ChainEvent,
  Contract,
  ContractState,
  Farm,
  GridNode,
  PublicConfig,
  PublicIp,
  Resources,
  Twin,
} from '../../../src/chain/port.js'
import type { NodeSpec } from '../../../src/localgrid/node/spec.js'
import type { ChainControl, LocalBlock } from '../../../src/localgrid/ports.js'

export class FakeChain {
  readonly twinsById = new Map<number, Twin>()
  readonly nodesById = new Map<number, GridNode>()
  readonly contractsById = new Map<bigint, Contract>()
  readonly rents = new Map<number, bigint>()
  readonly reports: { nodeId: number; contractId: bigint; resources: Resources }[] = []
  farmOf: Farm = {
    id: 1,
    name: 'Freefarm',
    twinId: 1,
    pricingPolicyId: 1,
    certification: 'NotCertified',
    publicIps: [],
    dedicated: false,
  }
  readonly #listeners = new Set<(block: LocalBlock) => void>()
  #height = 0

  /** What the nodes use of it. */
  get port(): ChainControl {
    const part: Partial<ChainControl> = {
      twin: id => this.twinsById.get(id),
      farm: id => (id === this.farmOf.id ? this.farmOf : undefined),
      node: id => this.nodesById.get(id),
      nodes: () => [...this.nodesById.values()],
      contract: id => this.contractsById.get(id),
      contractByName: name => this.#named(name),
      activeRentContract: nodeId => this.rents.get(nodeId),
      reportResources: (nodeId, used) => void this.reports.push({ nodeId, ...used }),
      onBlock: listener => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    return part as ChainControl
  }

  addTwin(id: number, account: string): void {
    this.twinsById.set(id, { id, account })
  }

  addNode(spec: NodeSpec, publicConfig: PublicConfig | undefined = spec.publicConfig): void {
    this.nodesById.set(spec.nodeId, {
      id: spec.nodeId,
      farmId: this.farmOf.id,
      twinId: spec.twinId,
      resources: spec.resources,
      location: { city: 'Ghent', country: 'Belgium', latitude: '51.05', longitude: '3.7167' },
      created: 1_700_000_000n,
      interfaces: [{ name: 'zos', mac: '54:45:46:f6:02:61', ips: ['192.168.1.10'] }],
      certification: 'Diy',
      power: { state: 'Up', target: 'Up' },
      ...(publicConfig ? { publicConfig } : {}),
    })
  }

  addContract(id: bigint, twinId: number, nodeId: number, hash: string, publicIps: readonly PublicIp[] = []): void {
    const type = { kind: 'node', nodeId, hash, data: '', publicIps } as const
    this.contractsById.set(id, { id, twinId, state: { kind: 'created' }, type })
  }

  addName(id: bigint, twinId: number, name: string): void {
    this.contractsById.set(id, { id, twinId, state: { kind: 'created' }, type: { kind: 'name', name } })
  }

  /** The next block of the chain says these contracts are cancelled. */
  cancel(id: bigint): void {
    const contract = this.contractsById.get(id) as Contract
    this.contractsById.delete(id)
    this.#seal('NodeContractCanceled', contract)
  }

  grace(id: bigint, started: boolean): void {
    const state: ContractState = started ? { kind: 'grace', sinceBlock: 1n } : { kind: 'created' }
    const contract = { ...(this.contractsById.get(id) as Contract), state }
    this.contractsById.set(id, contract)
    this.#seal(started ? 'ContractGracePeriodStarted' : 'ContractGracePeriodEnded', contract)
  }

  #seal(name: string, { id, type, twinId }: Contract): void {
    const nodeId = type.kind === 'node' ? type.nodeId : 0
    const event: ChainEvent = { pallet: 'SmartContractModule', name, data: [id, nodeId, twinId] }
    const block = { number: ++this.#height, hash: `0x${this.#height}`, timeMs: 0, events: [event] }
    for (const listener of this.#listeners) listener(block)
  }

  #named(name: string): bigint | undefined {
    for (const [id, { type }] of this.contractsById) if (type.kind === 'name' && type.name === name) return id
    return undefined
  }
}
