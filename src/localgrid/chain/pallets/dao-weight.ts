/** How much a farm's vote weighs: kept by Dao 43 as nodes come and go. Source: pallets/pallet-dao/src/dao.rs. */
import type { Context } from '../runtime/pallet.js'
import { u32, u64 } from '../scale/primitives.js'
import { storageOf } from '../state/item.js'
import type { Node } from './tfgrid/layouts.js'
import { nodeCu, nodeSu } from './tfgrid/policies.js'

/** The part of Dao's storage that nodes write. */
export const daoWeightStorage = storageOf('Dao')
export const farmWeight = daoWeightStorage.value('FarmWeight', [u32], u64, () => 0n, 'Identity')

const weightOf = (node: Node) => nodeCu(node.resources) * 2n + nodeSu(node.resources)

function change(context: Context, farmId: number, by: bigint): void {
  const weight = farmWeight.get(context.state, farmId) + by
  farmWeight.put(context.state, weight < 0n ? 0n : weight, farmId)
}

export function nodeChangedForDao(context: Context, before: Node | undefined, after: Node): void {
  if (before) change(context, before.farmId, -weightOf(before))
  change(context, after.farmId, weightOf(after))
}

export function nodeDeletedForDao(context: Context, node: Node): void {
  change(context, node.farmId, -weightOf(node))
}
