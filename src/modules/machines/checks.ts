/** What would be refused later, by a node or by the chain, is said before the first write. Pure. */

import type { Balance } from '../../chain/port.js'
import { GridError } from '../../errors/grid.js'
import type { DesiredDeployment } from '../../plan/desired.js'
import type { ObservedDeployment } from '../../plan/observed.js'
import { workloadCapacity } from '../../zos/workloads/registry.js'
import type { NodeFacts } from '../networks/facts.js'

/** 0.001 TFT: what the peer client and the grid's documentation ask for at least. */
const LEAST_FUNDS_UNITS = 10_000n

export function checkFunds(balance: Balance, address: string): void {
  if (balance.free - balance.frozen >= LEAST_FUNDS_UNITS) return
  throw new GridError('GRID_FUNDS', `account ${address} has too little to pay for an extrinsic`, {
    where: address,
    hint: 'transfer TFT to it; on a local grid POST /fund on the admin URL does it',
    details: { freeUnits: String(balance.free), frozenUnits: String(balance.frozen) },
  })
}

export function checkKyc(status: string, address: string): void {
  if (status === 'VERIFIED') return
  throw new GridError('GRID_KYC', `the owner of account ${address} is not verified: ${status}`, {
    where: address,
    hint: 'nodes refuse deployments of accounts without identity verification; the dashboard of the grid starts it',
    details: { status },
  })
}

/** @throws {GridError} GRID_CAPACITY, GRID_UNSUPPORTED or GRID_CONFLICT naming the node and what it has not got */
export function checkNodes(
  deployments: readonly DesiredDeployment[],
  observed: readonly ObservedDeployment[],
  nodes: ReadonlyMap<number, NodeFacts>,
  twinId: number,
): void {
  for (const nodeId of new Set(deployments.map(deployment => deployment.nodeId))) {
    const facts = nodes.get(nodeId)
    if (!facts) continue
    const wanted = deployments.filter(deployment => deployment.nodeId === nodeId)
    const there = observed.filter(deployment => deployment.nodeId === nodeId)
    checkTenancy(facts, wanted, there, twinId)
    checkCapacity(facts, wanted, there)
    checkPublicIps(facts, wanted, there)
  }
}

function checkTenancy(
  { info }: NodeFacts,
  wanted: readonly DesiredDeployment[],
  there: readonly ObservedDeployment[],
  twinId: number,
): void {
  const where = `node ${info.nodeId}`
  const usesGpu = wanted.some(({ workloads }) =>
    workloads.some(w => (w.type === 'zmachine' || w.type === 'zmachine-light') && (w.data.gpu ?? []).length > 0),
  )
  if (usesGpu && info.rentedByTwinId !== twinId) {
    throw new GridError('GRID_UNSUPPORTED', `${where} gives its GPUs only to the account that rents it`, {
      where,
      hint: 'rent the node first',
    })
  }
  if (there.length > 0) return
  if (info.rentedByTwinId !== 0 && info.rentedByTwinId !== twinId) {
    throw new GridError('GRID_CONFLICT', `${where} is rented by twin ${info.rentedByTwinId}`, { where })
  }
  // The explorer calls every node without contracts dedicated; the chain asks for these two.
  const dedicated = info.inDedicatedFarm || info.extraFeeMilliUsd > 0n
  if (dedicated && info.rentedByTwinId !== twinId) {
    throw new GridError('GRID_CONFLICT', `${where} is dedicated: it must be rented before it is used`, { where })
  }
}

/** Only what comes on top counts: what runs is already in the node's own figures. */
function checkCapacity(
  { info }: NodeFacts,
  wanted: readonly DesiredDeployment[],
  there: readonly ObservedDeployment[],
): void {
  const keys = ['mru', 'sru', 'hru'] as const
  const running = there.flatMap(({ node }) => (node.kind === 'present' ? node.deployment.workloads : []))
  const sum = (key: (typeof keys)[number], workloads: readonly Parameters<typeof workloadCapacity>[0][]) =>
    workloads.reduce((total, workload) => total + workloadCapacity(workload)[key], 0n)

  for (const key of keys) {
    const more =
      sum(
        key,
        wanted.flatMap(({ workloads }) => workloads),
      ) - sum(key, running)
    const free = info.total[key] - info.used[key]
    if (more <= 0n || more <= free) continue
    const name = { mru: 'memory', sru: 'SSD', hru: 'HDD' }[key]
    throw new GridError(
      'GRID_CAPACITY',
      `node ${info.nodeId} has ${gib(free)} GB of ${name} free, ${gib(more)} GB are needed`,
      {
        where: `node ${info.nodeId}`,
        hint: 'choose another node: client.nodes.filter({ mru, sru }) lists those with enough',
        details: { nodeId: info.nodeId, resource: key, freeBytes: String(free), neededBytes: String(more) },
      },
    )
  }
}

function checkPublicIps(
  { info }: NodeFacts,
  wanted: readonly DesiredDeployment[],
  there: readonly ObservedDeployment[],
): void {
  const reserved = there.reduce(
    (n, { contract }) => n + (contract.type.kind === 'node' ? contract.type.publicIps.length : 0),
    0,
  )
  const more = wanted.reduce((n, { publicIps }) => n + publicIps, 0) - reserved
  if (more <= 0 || more <= info.farmFreeIps) return
  throw new GridError(
    'GRID_CAPACITY',
    `farm ${info.farmName} has ${info.farmFreeIps} public IPv4 addresses free, ${more} are needed`,
    {
      where: `node ${info.nodeId}`,
      hint: 'choose a node of another farm, or leave out public_ip: Mycelium needs none',
      details: { nodeId: info.nodeId, farmId: info.farmId, free: info.farmFreeIps, needed: more },
    },
  )
}

function gib(bytes: bigint): number {
  return Math.max(0, Math.round((Number(bytes) / 1024 ** 3) * 100) / 100)
}
