/**
 * The grid as the explorer shows it: chain and running nodes joined, at the moment of one request. Everything is read
 * when it is first asked for, so a query for one node does not look at all of them.
 */
import type { Contract, Farm, GridNode, PricingPolicy, Resources, Twin } from '../../chain/port.js'
import type { ChainView, IndexedContract, NodeDirectory } from '../ports.js'

export type NodeStatus = 'up' | 'down' | 'standby'

export interface NodeRecord {
  readonly node: GridNode
  readonly farm: Farm | undefined
  readonly status: NodeStatus
  readonly total: Resources
  readonly used: Resources
  readonly features: readonly string[]
  readonly gpus: ReturnType<NodeDirectory['gpus']>
  readonly rentContractId: bigint
  /** Twin of the renter, 0 without one. */
  readonly rentedBy: number
  readonly rentable: boolean
  readonly dedicated: boolean
  readonly extraFee: bigint
  readonly freeIps: number
  readonly hasIpv6: boolean
  readonly contractCount: number
  /** A month of the whole node. */
  readonly priceUsd: number
}

const NOTHING: Resources = { cru: 0n, mru: 0n, sru: 0n, hru: 0n }
const HOURS_A_MONTH = 24 * 30
const GIB = 2 ** 30

export class World {
  readonly chain: ChainView
  readonly directory: NodeDirectory
  #nodes: readonly NodeRecord[] | undefined
  #farms: readonly Farm[] | undefined
  #contracts: readonly IndexedContract[] | undefined
  #twins: readonly Twin[] | undefined

  constructor(chain: ChainView, directory: NodeDirectory) {
    this.chain = chain
    this.directory = directory
  }

  nodes(): readonly NodeRecord[] {
    this.#nodes ??= this.chain.nodes().map(node => this.#record(node))
    return this.#nodes
  }

  node(id: number): NodeRecord | undefined {
    const known = this.#nodes?.find(record => record.node.id === id)
    if (known) return known
    const node = this.chain.node(id)
    return node && this.#record(node)
  }

  farms(): readonly Farm[] {
    this.#farms ??= this.chain.farms()
    return this.#farms
  }

  farm(id: number): Farm | undefined {
    return this.farms().find(farm => farm.id === id)
  }

  twins(): readonly Twin[] {
    this.#twins ??= this.chain.twins()
    return this.#twins
  }

  /** Deleted ones included, oldest first. */
  contracts(): readonly IndexedContract[] {
    this.#contracts ??= this.chain.contracts()
    return this.#contracts
  }

  #record(node: GridNode): NodeRecord {
    const farm = this.farm(node.farmId)
    const rent = this.#rentContract(node.id)
    const contractCount = this.chain.activeNodeContracts(node.id).length
    const extraFee = this.chain.extraFee(node.id)
    const total = this.directory.capacity(node.id)?.total ?? node.resources
    const inDedicatedFarm = farm?.dedicated ?? false
    return {
      node,
      farm,
      status: statusOf(node, this.directory.up(node.id)),
      total,
      used: this.directory.capacity(node.id)?.used ?? NOTHING,
      features: this.directory.features(node.id),
      gpus: this.directory.gpus(node.id),
      rentContractId: rent?.id ?? 0n,
      rentedBy: rent?.twinId ?? 0,
      rentable: rent === undefined && (inDedicatedFarm || contractCount === 0),
      dedicated: inDedicatedFarm || contractCount === 0 || rent !== undefined || extraFee > 0n,
      extraFee,
      freeIps: farm?.publicIps.filter(ip => ip.contractId === 0n).length ?? 0,
      hasIpv6: node.publicConfig?.ip6 !== undefined || node.interfaces.some(({ ips }) => ips.some(isGlobalIpv6)),
      contractCount,
      priceUsd: monthlyPrice(total, extraFee, this.chain.pricingPolicy(farm?.pricingPolicyId ?? 1)),
    }
  }

  #rentContract(nodeId: number): Contract | undefined {
    const id = this.chain.activeRentContract(nodeId)
    return id === undefined ? undefined : this.chain.contract(id)
  }
}

/** Source: threefoldtech/tfgrid-sdk-go, grid-proxy/pkg/nodestatus/nodestatus.go. */
function statusOf(node: GridNode, answers: boolean): NodeStatus {
  if (node.power.state === 'Down' || node.power.target === 'Down') return 'standby'
  return answers ? 'up' : 'down'
}

/** Addresses of 2000::/3, with or without a mask. */
function isGlobalIpv6(address: string): boolean {
  return /^[23][0-9a-f]{3}:/i.test(address)
}

/** What renting all of it costs, the discount for dedicated nodes taken off. Formulas: chain-side billing of rents. */
function monthlyPrice({ cru, mru, sru, hru }: Resources, extraFee: bigint, policy: PricingPolicy | undefined): number {
  if (!policy) return 0
  const c = Number(cru)
  const m = Number(mru) / GIB
  const cu = Math.min(Math.max(m / 4, c / 2), Math.max(m / 8, c), Math.max(m / 2, c / 4))
  const su = Number(hru) / GIB / 1200 + Number(sru) / GIB / 200
  const hourlyUsd = (cu * policy.cu + su * policy.su) / 1e7
  const month = hourlyUsd * HOURS_A_MONTH * (1 - policy.discountForDedicatedNodes / 100) + Number(extraFee) / 1000
  return Math.round(month * 1000) / 1000
}
