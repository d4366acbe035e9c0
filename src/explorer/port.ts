/** What Hyphae needs of the grid's indexes (REST proxy and GraphQL): finding things. The chain is the truth. */
export interface NodeFilter {
  readonly nodeIds?: readonly number[]
  readonly farmIds?: readonly number[]
  readonly farmName?: string
  readonly country?: string
  readonly city?: string
  readonly region?: string
  readonly status?: 'up' | 'down' | 'standby'
  readonly totalCru?: number
  readonly freeMruBytes?: bigint
  readonly freeSruBytes?: bigint
  readonly freeHruBytes?: bigint
  readonly freeIps?: number
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly hasIpv6?: boolean
  readonly domain?: boolean
  readonly certified?: boolean
  readonly dedicated?: boolean
  readonly rentable?: boolean
  readonly rentableOrRentedBy?: number
  readonly rentedBy?: number
  readonly availableFor?: number
  readonly hasGpu?: boolean
  readonly healthy?: boolean
  readonly features?: readonly string[]
  readonly page?: number
  readonly size?: number
  readonly randomize?: boolean
}

/** cru in cores, the others in bytes. */
export interface Capacity {
  readonly cru: bigint
  readonly mru: bigint
  readonly sru: bigint
  readonly hru: bigint
}

export interface NodeInfo {
  readonly nodeId: number
  readonly farmId: number
  readonly farmName: string
  readonly twinId: number
  readonly country: string
  readonly city: string
  readonly status: string
  readonly healthy: boolean
  readonly total: Capacity
  readonly used: Capacity
  /** Absent on nodes without a public configuration; empty strings are dropped. */
  readonly publicConfig?: {
    readonly ipv4?: string
    readonly ipv6?: string
    readonly gw4?: string
    readonly gw6?: string
    readonly domain?: string
  }
  readonly certification: string
  readonly dedicated: boolean
  readonly inDedicatedFarm: boolean
  readonly rentContractId: bigint
  readonly rentedByTwinId: number
  readonly rentable: boolean
  readonly rented: boolean
  readonly gpus: number
  readonly features: readonly string[]
  readonly farmFreeIps: number
  readonly extraFeeMilliUsd: bigint
}

export interface ContractInfo {
  readonly contractId: bigint
  readonly twinId: number
  readonly kind: 'node' | 'name' | 'rent'
  readonly state: 'Created' | 'GracePeriod' | 'Deleted'
  /** Unix seconds. */
  readonly createdAt: number
  readonly nodeId?: number
  readonly name?: string
  readonly deploymentData?: string
  readonly deploymentHash?: string
  readonly publicIps?: number
}

export interface ContractFilter {
  readonly twinId: number
  readonly states?: readonly ContractInfo['state'][]
  readonly kinds?: readonly ContractInfo['kind'][]
}

export interface BillReport {
  readonly contractId: bigint
  readonly amountUnits: bigint
  readonly discount: string
  /** Unix seconds. */
  readonly timestamp: number
}

export interface ExplorerPort {
  /** @throws {ExplorerError} unreachable, or an answer that is not what it must be */
  nodes(filter: NodeFilter, deadlineMs?: number): Promise<readonly NodeInfo[]>
  node(nodeId: number): Promise<NodeInfo | undefined>
  contracts(filter: ContractFilter): Promise<readonly ContractInfo[]>
  /** The twin of each node, one request. Nodes that do not exist are absent. */
  nodeTwins(nodeIds: readonly number[]): Promise<ReadonlyMap<number, number>>
  bills(contractId: bigint, limit: number): Promise<readonly BillReport[]>
  /** VERIFIED, PENDING, REJECTED or UNVERIFIED. */
  kycStatus(account: string): Promise<string>
  /** Asks the activation service to fund a new account. */
  activate(account: string): Promise<void>
  /** Both services answer. */
  check(): Promise<void>
  close(): Promise<void>
}
