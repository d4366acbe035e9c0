/** Tables of nft, each replaced as a whole. In the root namespace only tables called `zos-…` can be ours. */
import { isDeepStrictEqual } from 'node:util'

import type { NftTable } from '../nft/ruleset.js'
import { namespaceOf } from '../simulate/edit-state.js'
import { type DesiredState, ROOT } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'

export interface NftOperations {
  readonly replacements: readonly Operation[]
  readonly removals: readonly Operation[]
}

export function planNft(desired: DesiredState, state: ObservedState): NftOperations {
  const replacements: Operation[] = []
  const removals: Operation[] = []
  for (const { name: namespace, nft } of desired.namespaces) {
    const observed = namespaceOf(state, namespace)?.nft ?? []
    for (const table of nft) {
      const now = observed.find(one => isSame(one, table))
      if (now && isDeepStrictEqual(now, table)) continue
      const because = `table ${table.family} ${table.name} ${now ? 'has other rules' : 'is missing'}`
      replacements.push({ kind: 'nft-replace', namespace, table, because })
    }
    for (const { family, name: table } of observed) {
      if (nft.some(one => isSame(one, { family, name: table }))) continue
      if (namespace === ROOT && !table.startsWith('zos-')) continue
      const because = `table ${family} ${table} is not wanted`
      removals.push({ kind: 'nft-delete', namespace, family, table, because })
    }
  }
  return { replacements, removals }
}

function isSame(one: NftTable, { family, name }: Pick<NftTable, 'family' | 'name'>): boolean {
  return one.family === family && one.name === name
}
