/** What a query may cost before it is looked at closely: validation itself is slow on some queries made for it. */
import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'

export const MAX_QUERY_CHARACTERS = 64 * 1024
export const MAX_TOKENS = 8_000
export const MAX_DEPTH = 20
export const MAX_FIELDS = 1_000
export const MAX_ALIASES = 100
export const MAX_VARIABLE_DEPTH = 32
/** Of one answer. */
export const MAX_OBJECTS = 200_000
/** Records looked at by filters. */
export const MAX_STEPS = 1_000_000

interface Cost {
  readonly depth: number
  readonly fields: number
  readonly aliases: number
}

/** What is too much about the query, or undefined. Fragments count as often as they are spread. */
export function excessOf(document: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition)
  }
  const measured = new Map<string, Cost | 'measuring'>()
  let circular = false

  const ofFragment = (name: string): Cost => {
    const known = measured.get(name)
    if (known === 'measuring') circular = true
    if (known !== undefined) return known === 'measuring' ? { depth: 0, fields: 0, aliases: 0 } : known
    const fragment = fragments.get(name)
    if (!fragment) return { depth: 0, fields: 0, aliases: 0 }
    measured.set(name, 'measuring')
    const cost = ofSelection(fragment.selectionSet)
    measured.set(name, cost)
    return cost
  }
  const ofSelection = (set: SelectionSetNode): Cost => {
    let depth = 0
    let fields = 0
    let aliases = 0
    for (const selection of set.selections) {
      let cost: Cost = { depth: 0, fields: 0, aliases: 0 }
      if (selection.kind === 'FragmentSpread') cost = ofFragment(selection.name.value)
      else if (selection.selectionSet) cost = ofSelection(selection.selectionSet)
      const isField = selection.kind === 'Field'
      depth = Math.max(depth, cost.depth + (isField ? 1 : 0))
      fields += cost.fields + (isField ? 1 : 0)
      aliases += cost.aliases + (isField && selection.alias ? 1 : 0)
    }
    return { depth, fields, aliases }
  }

  const costs: Cost[] = []
  for (const definition of document.definitions) {
    if (definition.kind === 'OperationDefinition') costs.push(ofSelection(definition.selectionSet))
  }
  // Unused ones too: validation walks them.
  for (const name of fragments.keys()) costs.push(ofFragment(name))
  if (circular) return 'fragments spread each other in a circle'
  const sum = (of: (cost: Cost) => number) => costs.reduce((total, cost) => total + of(cost), 0)
  if (costs.some(({ depth }) => depth > MAX_DEPTH)) return `the query is more than ${MAX_DEPTH} levels deep`
  if (sum(({ fields }) => fields) > MAX_FIELDS) return `the query has more than ${MAX_FIELDS} fields`
  if (sum(({ aliases }) => aliases) > MAX_ALIASES) return `the query has more than ${MAX_ALIASES} aliases`
  return undefined
}

/** Whether lists and objects nest too deeply: without recursion, since that is what would fail. */
export function isTooDeep(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true
    const next: unknown[] = []
    for (const one of level) {
      if (typeof one === 'object' && one !== null) for (const part of Object.values(one)) next.push(part)
    }
    level = next
  }
  return false
}
