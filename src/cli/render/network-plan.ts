/** What is to be done to a node's network: a tree of namespaces and what is in them, with reasons. Pure. */
import type { NodePlan } from '../../network/node/node-network.js'
import type { Operation } from '../../network/node/state/operation.js'
import type { Terminal } from '../context.js'
import { type Branch, beside, branchLines } from './branches.js'
import { type PlannedPlace, type PlannedThing, partsOf, planThings } from './plan-things.js'
import { type Style, styleOf } from './style.js'
import { clean, counted } from './text.js'

export function networkPlanLines(plan: NodePlan, terminal: Pick<Terminal, 'colors' | 'columns'>): readonly string[] {
  const style = styleOf(terminal.colors)
  const { operations, conflicts, awaited, probes, choice } = plan
  const isDone = operations.length === 0 && conflicts.length === 0
  const head = isDone ? 'is as it should be: nothing to do' : `needs ${counted(operations.length, 'operation')}`
  const root: Branch = {
    lines: () => [`${style.heading("the node's network")} ${head}`],
    children: [
      ...(probes.length === 0 ? [] : [note(style, style.caution('?'), `probe ${probes.join(', ')}`, choice.reason)]),
      ...planThings(operations).map(place => placeBranch(place, style)),
      ...awaited.map(({ namespace, name }) =>
        note(style, style.caution('…'), `${name} in ${namespace}`, 'is not there yet; what hangs on it comes after it'),
      ),
      ...conflicts.map(({ namespace, name, message, hint }) =>
        note(style, style.bad('!'), `${namespace}/${name} ${message}`, hint),
      ),
    ],
  }
  return branchLines(root, terminal.columns)
}

function placeBranch({ name, operations, things }: PlannedPlace, style: Style): Branch {
  const [first] = operations
  const isNew = first?.kind === 'namespace-add'
  const mark = first === undefined ? '' : `${markOf(first, style)} `
  const detail = name === 'root' ? "the node's own namespace" : isNew ? 'new namespace' : (first?.because ?? '')
  return {
    lines: columns => beside(`${mark}${style.heading(clean(name))}`, clean(detail), columns, style.quiet),
    children: things.map(thing => thingBranch(thing, isNew, style)),
  }
}

/** What is new is told on one line. Of what is there, each change has its reason. */
function thingBranch({ name, operations }: PlannedThing, isNew: boolean, style: Style): Branch {
  const label = style.heading(clean(name))
  const parts = operations.flatMap(operation => partsOf(operation, name))
  if (isNew || operations.some(isAddition)) {
    const removed = operations.find(({ kind }) => kind === 'link-delete')
    const mark = removed === undefined ? style.good('+') : style.change('±')
    return leaf(columns => beside(`${mark} ${label}`, listed([...parts, removed?.because]), columns))
  }
  const [only] = operations
  if (operations.length === 1 && only !== undefined) {
    return leaf(columns => beside(`${markOf(only, style)} ${label}`, listed([...parts, only.because]), columns))
  }
  return {
    lines: () => [`${style.change('~')} ${label}`],
    children: operations.map(operation =>
      note(style, markOf(operation, style), partsOf(operation, name).join(', '), operation.because),
    ),
  }
}

/** Parts that are not broken at the end of a line. */
function listed(parts: readonly (string | undefined)[]): readonly string[] {
  const shown = parts.filter(part => part !== undefined).map(clean)
  return shown.map((part, i) => (i === shown.length - 1 ? part : `${part} ·`))
}

function isAddition({ kind }: Operation): boolean {
  return kind === 'link-add' || kind === 'service-start'
}

function leaf(lines: Branch['lines']): Branch {
  return { lines, children: [] }
}

function note(style: Style, mark: string, text: string, why: string): Branch {
  return leaf(columns => beside(`${mark} ${clean(text)}`.trimEnd(), clean(why), columns, style.quiet))
}

function markOf({ kind }: Operation, style: Style): string {
  if (kind.endsWith('-delete') || kind === 'service-stop') return style.bad('-')
  if (kind.endsWith('-add') || kind === 'service-start') return style.good('+')
  return style.change('~')
}
