/** A small grid held in the hand, for the explorer's tests: what a chain and its nodes would say. */
import type { Contract, Farm, GridNode, Twin } from '../../chain/port.js'
import { FaultBoard } from '../faults.js'
import { createKyc } from '../kyc.js'
import type { Bill, ChainControl, IndexedContract, NodeDirectory, NodeKind } from '../ports.js'

const GIB = 2n ** 30n
export const NOW_MS = 1_700_000_000_000
export const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'
export const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty'

export interface SampleGrid {
  readonly chain: ChainControl
  readonly nodes: NodeDirectory
  readonly faults: FaultBoard
  readonly kyc: ReturnType<typeof createKyc>
  readonly endowed: Map<string, bigint>
  readonly down: Set<number>
}

export function sampleGrid(extraContracts: readonly IndexedContract[] = []): SampleGrid {
  const kinds: Record<number, NodeKind> = { 11: 'full', 168: 'full', 169: 'hidden', 170: 'light', 171: 'gpu' }
  const nodes: GridNode[] = [
    node(11, 'Belgium', 'Ghent', 16n, { ip: '185.206.122.11/24', ip6: '2a02:1802:5e::11/64' }),
    node(168, 'Austria', 'Vienna', 32n, { ip: '185.206.122.12/24', domain: 'gent01.local.grid' }),
    node(169, 'Egypt', 'Cairo', 8n),
    node(170, 'Singapore', 'Singapore', 64n),
    node(171, 'Belgium', 'Lochristi', 24n),
  ]
  const farm: Farm = {
    id: 1,
    name: 'Freefarm',
    twinId: 1,
    pricingPolicyId: 1,
    certification: 'NotCertified',
    dedicated: false,
    publicIps: [
      { ip: '185.206.122.33/24', gateway: '185.206.122.1', contractId: 0n },
      { ip: '185.206.122.34/24', gateway: '185.206.122.1', contractId: 2n },
    ],
  }
  const twins: Twin[] = [
    { id: 1, account: ALICE, relay: '127.0.0.1', pk: Uint8Array.of(2, 171) },
    { id: 7, account: BOB },
  ]
  const contracts: IndexedContract[] = [
    nodeContract(1n, 7, 11, { kind: 'created' }, '{"version":3,"type":"vm","name":"vm1","projectName":"vm/vm1"}'),
    nodeContract(
      2n,
      7,
      11,
      { kind: 'grace', sinceBlock: 9n },
      '{"version":3,"type":"network","name":"net1","projectName":""}',
      1,
    ),
    { id: 3n, twinId: 7, state: { kind: 'created' }, type: { kind: 'name', name: 'mysite' }, createdAt: 1003 },
    {
      id: 4n,
      twinId: 7,
      state: { kind: 'created' },
      type: { kind: 'rent', nodeId: 171 },
      createdAt: 1004,
      solutionProviderId: 5n,
    },
    nodeContract(5n, 7, 168, { kind: 'deleted', cause: 'OutOfFunds' }, '{"version":3,"type":"vm","name":"old"}'),
    nodeContract(6n, 8, 168, { kind: 'deleted', cause: 'CanceledByUser' }, '{"version":3,"type":"vm","name":"other"}'),
    ...extraContracts,
  ]
  const bills: Bill[] = [100n, 200n, 300n].map((amountUnits, i) => ({
    contractId: 1n,
    amountUnits,
    discount: 'Gold',
    timestamp: 5000 + i,
  }))
  const live = (id: bigint): Contract | undefined =>
    contracts.find(contract => contract.id === id && contract.state.kind !== 'deleted')
  const endowed = new Map<string, bigint>()
  const down = new Set<number>()
  const faults = new FaultBoard()

  const chain: ChainControl = {
    height: () => 42,
    nowMs: () => NOW_MS,
    twin: id => twins.find(twin => twin.id === id),
    twinOf: account => twins.find(twin => twin.account === account),
    twins: () => twins,
    farm: id => (id === 1 ? farm : undefined),
    farms: () => [farm],
    node: id => nodes.find(one => one.id === id),
    nodes: () => nodes,
    contract: live,
    contracts: () => contracts,
    activeNodeContracts: nodeId =>
      contracts.flatMap(one =>
        live(one.id) && one.type.kind === 'node' && one.type.nodeId === nodeId ? [one.id] : [],
      ),
    activeRentContract: nodeId => (nodeId === 171 ? 4n : undefined),
    contractByName: name => (name === 'mysite' ? 3n : undefined),
    contractLock: () => ({ amountLocked: 0n, extraAmountLocked: 0n, lockUpdated: 0n, cycles: 0 }),
    bills: id => bills.filter(bill => bill.contractId === id),
    balance: account => ({ free: endowed.get(account) ?? 0n, reserved: 0n, frozen: 0n }),
    extraFee: nodeId => (nodeId === 170 ? 5000n : 0n),
    pricingPolicy: () => ({
      id: 1,
      name: 'policy',
      su: 50_000,
      cu: 100_000,
      nu: 15_000,
      ipu: 40_000,
      uniqueName: 2_500,
      domainName: 5_000,
      discountForDedicatedNodes: 50,
    }),
    tftPriceMilliUsd: () => 50,
    termsAccepted: () => true,
    onBlock: () => () => {},
    endow: (account, amount) => void endowed.set(account, amount),
    seedTwin: () => 0,
    seedFarm: () => 0,
    seedNode: () => 0,
    reportResources: () => {},
    advance: async () => {},
  }
  const directory: NodeDirectory = {
    kind: id => kinds[id],
    features: id =>
      kinds[id] === 'light' ? ['zmachine-light', 'mycelium'] : ['zmachine', 'network', 'mycelium', 'wireguard'],
    capacity: id => {
      const total = nodes.find(one => one.id === id)?.resources
      return total && { total, used: { cru: 0n, mru: 2n * GIB, sru: 5n * GIB, hru: 0n } }
    },
    gpus: id =>
      id === 171
        ? [
            {
              id: '0000:28:00.0/1002/731f',
              vendor: 'AMD',
              device: 'Navi 10 [Radeon RX 5700]',
              vram: 8192,
              contract: 0n,
            },
          ]
        : [],
    up: id => !down.has(id),
  }
  return { chain, nodes: directory, faults, kyc: createKyc(chain, faults), endowed, down }
}

function node(
  id: number,
  country: string,
  city: string,
  cru: bigint,
  reach?: { ip: string; ip6?: string; domain?: string },
): GridNode {
  return {
    id,
    farmId: 1,
    twinId: id + 1000,
    resources: { cru, mru: cru * 4n * GIB, sru: 1000n * GIB, hru: 4000n * GIB },
    location: { city, country, latitude: '51.05', longitude: '3.71' },
    ...(reach
      ? {
          publicConfig: {
            ip4: { ip: reach.ip, gw: '185.206.122.1' },
            ...(reach.ip6 ? { ip6: { ip: reach.ip6, gw: '2a02:1802:5e::1' } } : {}),
            ...(reach.domain ? { domain: reach.domain } : {}),
          },
        }
      : {}),
    created: 1_600_000_000n,
    interfaces: [{ name: 'zos', mac: '0c:c4:7a:51:e3:6a', ips: ['192.168.1.11'] }],
    certification: id === 168 ? 'Certified' : 'Diy',
    serialNumber: `serial-${id}`,
    power: { state: 'Up', target: 'Up' },
  }
}

export function nodeContract(
  id: bigint,
  twinId: number,
  nodeId: number,
  state: IndexedContract['state'],
  data: string,
  ips = 0,
): IndexedContract {
  return {
    id,
    twinId,
    state,
    createdAt: 1000 + Number(id),
    type: {
      kind: 'node',
      nodeId,
      hash: id.toString(16).padStart(32, '0'),
      data,
      publicIps: Array.from({ length: ips }, () => ({
        ip: '185.206.122.34/24',
        gateway: '185.206.122.1',
        contractId: id,
      })),
    },
  }
}
