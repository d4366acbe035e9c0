/**
 * How the services of a local grid see each other. The chain is the truth; relay, explorer and nodes read it through
 * `ChainView` in the same process and hear of every block, instead of asking over their own sockets.
 */
import type {
  Balance,
  ChainEvent,
  Contract,
  ContractLock,
  Farm,
  GridNode,
  PricingPolicy,
  PublicConfig,
  Resources,
  Twin,
} from '../chain/port.js'

/** What the explorer needs beyond the chain's own storage, which forgets what is cancelled. */
export interface IndexedContract extends Contract {
  /** Unix seconds. */
  readonly createdAt: number
  readonly deletedAt?: number
}

export interface Bill {
  readonly contractId: bigint
  readonly amountUnits: bigint
  readonly discount: 'None' | 'Default' | 'Bronze' | 'Silver' | 'Gold'
  /** Unix seconds. */
  readonly timestamp: number
}

export interface LocalBlock {
  readonly number: number
  readonly hash: string
  readonly timeMs: number
  readonly events: readonly ChainEvent[]
}

export interface ChainView {
  height(): number
  /** The chain's clock: that of the newest block. */
  nowMs(): number
  twin(id: number): Twin | undefined
  twinOf(account: string): Twin | undefined
  twins(): readonly Twin[]
  farm(id: number): Farm | undefined
  farms(): readonly Farm[]
  node(id: number): GridNode | undefined
  nodes(): readonly GridNode[]
  /** Live contracts only, as the chain's storage has them. */
  contract(id: bigint): Contract | undefined
  /** Deleted ones included, oldest first. */
  contracts(): readonly IndexedContract[]
  activeNodeContracts(nodeId: number): readonly bigint[]
  activeRentContract(nodeId: number): bigint | undefined
  contractByName(name: string): bigint | undefined
  contractLock(id: bigint): ContractLock
  bills(contractId: bigint): readonly Bill[]
  balance(account: string): Balance
  extraFee(nodeId: number): bigint
  pricingPolicy(id: number): PricingPolicy | undefined
  tftPriceMilliUsd(): number
  termsAccepted(account: string): boolean
  /** Called after each sealed block, in order. Returns the way to stop. */
  onBlock(listener: (block: LocalBlock) => void): () => void
}

/** What the grid itself may do without an extrinsic: set itself up, and speak for its nodes. */
export interface ChainControl extends ChainView {
  /** Account with this balance; used at genesis, by activation and by tests. Sealed in the next block. */
  endow(account: string, amountUnits: bigint): void
  seedTwin(twin: { account: string; relay: string; pk: Uint8Array }): number
  seedFarm(farm: { name: string; twinId: number; publicIps: readonly { ip: string; gateway: string }[] }): number
  seedNode(node: {
    /** Given by the default grid (11, 168 …); the next free one when absent. */
    id?: number
    farmId: number
    twinId: number
    resources: Resources
    location: GridNode['location']
    publicConfig?: PublicConfig
    interfaces: GridNode['interfaces']
    serialNumber: string
  }): number
  /** What a node reports of a contract's use: Σ of its ok and paused workloads. Sealed in the next block. */
  reportResources(nodeId: number, used: { contractId: bigint; resources: Resources }): void
  /** Lets time pass without waiting for it: seals empty blocks, bills what falls due. For tests and the admin API. */
  advance(blocks: number): Promise<void>
}

/** Records that survive SIGKILL once `append` has returned. A topic is one service's append-only log. */
export interface Store {
  /** All whole records under the topic, oldest first; a torn last record is dropped. */
  read(topic: string): readonly unknown[]
  /** `record` is JSON (bigint is written as `{"$u":"123"}` and comes back as bigint, bytes as `{"$b":"hex"}`). */
  append(topic: string, record: unknown): void
  /** Replaces the topic's log by these records, atomically. */
  rewrite(topic: string, records: readonly unknown[]): void
  close(): void
}

/** A store that forgets: the default. */
export function memoryStore(): Store {
  return { read: () => [], append: () => {}, rewrite: () => {}, close: () => {} }
}

/** How the node engine takes part in the relay without a socket of its own. */
export interface RelayPort {
  /** Envelopes for the twin arrive at `deliver`, raw; `send` puts an envelope on its way. Returns send and detach. */
  attach(twinId: number, deliver: (envelope: Uint8Array) => void): { send(envelope: Uint8Array): void; detach(): void }
}

export type NodeKind = 'full' | 'hidden' | 'gateway' | 'light' | 'gpu'

/** What the explorer asks of the running nodes, without RMB. */
export interface NodeDirectory {
  kind(nodeId: number): NodeKind | undefined
  features(nodeId: number): readonly string[]
  /** cru in cores, the others in bytes; `used` includes what the system takes. */
  capacity(nodeId: number): { total: Resources; used: Resources } | undefined
  gpus(nodeId: number): readonly { id: string; vendor: string; device: string; vram: number; contract: bigint }[]
  /** False while the node is silent or powered off. */
  up(nodeId: number): boolean
}
