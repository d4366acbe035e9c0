/**
 * What Hyphae needs of TFChain, and nothing of how it is reached. `chain/polkadot` fills it over JSON-RPC;
 * plan/ and modules/ know these types only.
 *
 * Amounts are bigint in units of 1e-7 TFT, contract ids bigint (u64), node, farm and twin ids number (u32).
 */
export interface Twin {
  readonly id: number
  /** SS58 address, prefix 42. */
  readonly account: string
  /** Relay host names joined by `_`. */
  readonly relay?: string
  /** Compressed secp256k1 point, 33 bytes: what others encrypt to. */
  readonly pk?: Uint8Array
}

export interface PublicIp {
  /** CIDR, e.g. `185.206.122.33/24`. */
  readonly ip: string
  readonly gateway: string
  /** 0n while free. */
  readonly contractId: bigint
}

export interface Farm {
  readonly id: number
  readonly name: string
  readonly twinId: number
  readonly pricingPolicyId: number
  readonly certification: 'NotCertified' | 'Gold'
  readonly publicIps: readonly PublicIp[]
  readonly dedicated: boolean
}

/** cru in cores, the others in bytes. */
export interface Resources {
  readonly cru: bigint
  readonly mru: bigint
  readonly sru: bigint
  readonly hru: bigint
}

export interface PublicConfig {
  readonly ip4: { readonly ip: string; readonly gw: string }
  readonly ip6?: { readonly ip: string; readonly gw: string }
  readonly domain?: string
}

export interface GridNode {
  readonly id: number
  readonly farmId: number
  readonly twinId: number
  readonly resources: Resources
  readonly location: {
    readonly city: string
    readonly country: string
    readonly latitude: string
    readonly longitude: string
  }
  readonly publicConfig?: PublicConfig
  /** Unix seconds. */
  readonly created: bigint
  readonly interfaces: readonly { readonly name: string; readonly mac: string; readonly ips: readonly string[] }[]
  readonly certification: 'Diy' | 'Certified'
  readonly serialNumber?: string
  readonly power: { readonly state: 'Up' | 'Down'; readonly target: 'Up' | 'Down' }
}

export type ContractState =
  | { readonly kind: 'created' }
  | { readonly kind: 'deleted'; readonly cause: 'CanceledByUser' | 'OutOfFunds' | 'CanceledByCollective' }
  | { readonly kind: 'grace'; readonly sinceBlock: bigint }

export type ContractType =
  | {
      readonly kind: 'node'
      readonly nodeId: number
      /** 32 lower-case hex characters: the MD5 of the deployment's challenge. */
      readonly hash: string
      /** By convention JSON, at most 512 bytes. */
      readonly data: string
      readonly publicIps: readonly PublicIp[]
    }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'rent'; readonly nodeId: number }

export interface Contract {
  readonly id: bigint
  readonly twinId: number
  readonly state: ContractState
  readonly type: ContractType
  readonly solutionProviderId?: bigint
}

export interface Balance {
  readonly free: bigint
  readonly reserved: bigint
  readonly frozen: bigint
}

export interface ContractLock {
  readonly amountLocked: bigint
  readonly extraAmountLocked: bigint
  /** Unix seconds. */
  readonly lockUpdated: bigint
  readonly cycles: number
}

/** Units of 1e-7 USD per hour and unit; discounts in percent. */
export interface PricingPolicy {
  readonly id: number
  readonly name: string
  readonly su: number
  readonly cu: number
  readonly nu: number
  readonly ipu: number
  readonly uniqueName: number
  readonly domainName: number
  readonly discountForDedicatedNodes: number
}

/** One extrinsic, without its signature. */
export type ChainCall =
  | {
      readonly kind: 'createNodeContract'
      readonly nodeId: number
      readonly hash: string
      readonly data: string
      readonly publicIps: number
      readonly solutionProviderId?: bigint
    }
  | { readonly kind: 'updateNodeContract'; readonly contractId: bigint; readonly hash: string; readonly data: string }
  | { readonly kind: 'cancelContract'; readonly contractId: bigint }
  | { readonly kind: 'createNameContract'; readonly name: string }
  | { readonly kind: 'createRentContract'; readonly nodeId: number; readonly solutionProviderId?: bigint }
  | { readonly kind: 'billContract'; readonly contractId: bigint }
  | { readonly kind: 'acceptTerms'; readonly link: string; readonly hash: string }
  | { readonly kind: 'createTwin'; readonly relay?: string; readonly pk?: Uint8Array }
  | { readonly kind: 'updateTwin'; readonly relay?: string; readonly pk?: Uint8Array }
  | { readonly kind: 'transfer'; readonly to: string; readonly amountUnits: bigint }
  | { readonly kind: 'setKeyValue'; readonly key: string; readonly value: string }
  | { readonly kind: 'deleteKeyValue'; readonly key: string }

export interface ChainEvent {
  /** As in the metadata: `SmartContractModule`. */
  readonly pallet: string
  /** As in the metadata: `ContractCreated`. */
  readonly name: string
  /** Decoded fields in order; plain data, bigint for u64 and u128. */
  readonly data: readonly unknown[]
}

export interface Submitted {
  readonly blockNumber: number
  readonly blockHash: string
  readonly extrinsicHash: string
  /** Contracts this batch created, in the order of their calls. */
  readonly created: readonly Contract[]
  readonly events: readonly ChainEvent[]
}

/** What an extrinsic is known by before it is sent: enough to find out later what became of it. */
export interface SubmissionIntent {
  readonly extrinsicHash: string
  readonly nonce: number
  /** The last block that may include it. */
  readonly validUntilBlock: number
}

export interface SubmitOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Wait until the block is final (the default) or only until it is there. */
  readonly until?: 'inBlock' | 'finalized'
  /** Called with the signed extrinsic's identity before its first byte is sent; awaited. The journal hangs here. */
  readonly onIntent?: (intent: SubmissionIntent) => void | Promise<void>
  readonly onIncluded?: (block: { number: number; hash: string }) => void
}

export interface ChainReader {
  /** Hex of block 0: what a state folder is named after. */
  genesisHash(): Promise<string>
  height(): Promise<number>
  finalizedHeight(): Promise<number>
  /** `next` counts the transaction pool, `included` only what blocks hold. */
  nonces(account: string): Promise<{ next: number; included: number }>
  twinIdOf(account: string): Promise<number | undefined>
  twin(id: number): Promise<Twin | undefined>
  farm(id: number): Promise<Farm | undefined>
  node(id: number): Promise<GridNode | undefined>
  /** In the order asked; undefined where there is none (any more). One round trip. */
  contracts(ids: readonly bigint[]): Promise<readonly (Contract | undefined)[]>
  contractIdByHash(nodeId: number, hash: string): Promise<bigint | undefined>
  contractIdByName(name: string): Promise<bigint | undefined>
  /** In the order asked, one round trip: ids of the live node contracts of each node. */
  activeNodeContracts(nodeIds: readonly number[]): Promise<readonly (readonly bigint[])[]>
  activeRentContract(nodeId: number): Promise<bigint | undefined>
  contractLock(contractId: bigint): Promise<ContractLock>
  /** mUSD a month that the farmer asks on top for a dedicated node. */
  extraFee(nodeId: number): Promise<bigint>
  balance(account: string): Promise<Balance>
  pricingPolicy(id: number): Promise<PricingPolicy | undefined>
  /** Average price clamped to its bounds, in mUSD per TFT. */
  tftPriceMilliUsd(): Promise<number>
  termsAccepted(account: string): Promise<boolean>
  keyValue(account: string, key: string): Promise<string | undefined>
  keys(account: string): Promise<readonly string[]>
}

export interface ChainPort extends ChainReader {
  /** Signs and sends the calls: one alone, several as one `utility.batchAll` (all or nothing).
   *
   * One owner of the nonce: concurrent submissions queue up here.
   * @throws {ChainError} with the pallet's error name (`SmartContractModule.ContractIsNotUnique`), index of the call where known
   * @throws {DeadlineError}
   */
  submit(calls: readonly ChainCall[], options: SubmitOptions): Promise<Submitted>
  /** Fee of the calls as one batch. */
  estimateFee(calls: readonly ChainCall[]): Promise<bigint>
  /** Drains what is under way, then closes; idempotent. */
  close(): Promise<void>
}
