/**
 * What a local grid begins with: a farm with public addresses, its nodes, and a user with money, a twin, accepted terms
 * and KYC. What exists already (a grid in a folder) is left as it is, so a start that was killed half-way is completed
 * by the next one.
 */
import type { Identity } from '../chain/identity.js'
import { createIdentity } from '../chain/keys.js'
import { UNITS_PER_TFT } from './amount.js'
import { describeNode, type NodeCounts, type PlannedNode, planNodes, planPublicIps } from './grid-plan.js'
import { gridIdentity, LOCAL_MNEMONIC, settle } from './identities.js'
import type { NodeSpec } from './node/spec.js'
import type { ChainControl, Store } from './ports.js'

export interface DefaultGridOptions {
  readonly chain: ChainControl
  readonly store: Store
  readonly relayUrl: string
  readonly counts: NodeCounts
  /** Of the farm, when it is new. */
  readonly publicIps: number
  readonly seed: string
}

export interface DefaultGrid {
  readonly farmId: number
  readonly userTwinId: number
  readonly nodes: readonly NodeSpec[]
  /** False when everything was there; else the next block holds it. */
  readonly isNew: boolean
}

const TOPIC = 'grid'
const FARM = 'Freefarm'
const USER_TFT = 1_000_000n
const FARMER_TFT = 1_000n
const NODE_TFT = 10n

interface GridRecord {
  readonly seed: string
  readonly nodes: readonly PlannedNode[]
}

export async function populate(options: DefaultGridOptions): Promise<DefaultGrid> {
  const { chain, store, relayUrl, counts } = options
  const known = store.read(TOPIC).at(-1) as GridRecord | undefined
  const seed = known?.seed ?? options.seed
  const planned = planNodes(counts, known?.nodes ?? [])
  const publicIps = planPublicIps(options.publicIps)
  // Written before the chain is touched: nodes must come back with the keys they had.
  if (planned.length !== known?.nodes.length) store.rewrite(TOPIC, [{ seed, nodes: planned } satisfies GridRecord])

  const [farmer, user, ...identities] = await Promise.all([
    gridIdentity(seed, 'farmer'),
    createIdentity(LOCAL_MNEMONIC),
    ...planned.map(({ nodeId }) => gridIdentity(seed, `node/${nodeId}`)),
  ])
  let isNew = false
  const twinOf = (identity: Identity, tft: bigint): number => {
    const settled = settle(chain, relayUrl, identity, tft * UNITS_PER_TFT)
    isNew ||= settled.isNew
    return settled.twinId
  }
  const farmerTwin = twinOf(farmer, FARMER_TFT)
  const userTwinId = twinOf(user, USER_TFT)
  const farm = chain.farms().find(one => one.twinId === farmerTwin)
  const farmId = farm?.id ?? chain.seedFarm({ name: FARM, twinId: farmerTwin, publicIps })

  const nodes = planned.map((node, index) => {
    const identity = identities[index] as (typeof identities)[number]
    const description = describeNode(node)
    const twinId = twinOf(identity, NODE_TFT)
    if (!chain.node(node.nodeId)) {
      const { resources, location, interfaces, serialNumber, publicConfig } = description
      const reach = publicConfig ? { publicConfig } : {}
      chain.seedNode({ id: node.nodeId, farmId, twinId, resources, location, interfaces, serialNumber, ...reach })
    }
    return specOf(description, twinId, identity)
  })
  return { farmId, userTwinId, nodes, isNew }
}

function specOf(
  description: ReturnType<typeof describeNode>,
  twinId: number,
  identity: NodeSpec['identity'],
): NodeSpec {
  const { nodeId, kind, resources, pools, gpus, zosIps, continent, publicConfig } = description
  return {
    nodeId,
    kind,
    twinId,
    identity,
    resources,
    pools,
    gpus,
    zosIps,
    continent,
    ...(publicConfig ? { publicConfig } : {}),
  }
}
