/** Trees with branches drawn in lines, as narrow as the terminal. Pure. */
import type { Health, TreeNode } from '../../network/node/report/tree.js'
import type { Terminal } from '../context.js'
import { type Branch, beside, branchLines } from './branches.js'
import { type Style, styleOf } from './style.js'
import { clean } from './text.js'

/** Beside the colour, for those who see none. */
const MARKS: Readonly<Record<Health, string>> = { good: '✓', caution: '…', bad: '✗' }

export function treeLines(root: TreeNode, terminal: Pick<Terminal, 'colors' | 'columns'>): readonly string[] {
  return branchLines(branchOf(root, styleOf(terminal.colors)), terminal.columns)
}

function branchOf(node: TreeNode, style: Style): Branch {
  return {
    lines: columns => textOf(node, style, columns),
    children: node.children.map(child => branchOf(child, style)),
  }
}

function textOf({ label, detail, health }: TreeNode, style: Style, columns: number): readonly string[] {
  const name = clean(label)
  const mark = health === undefined ? '' : `${paint(style, health)(MARKS[health])} `
  const head = mark + style.heading(name)
  return beside(head, clean(detail ?? ''), columns, style.quiet)
}

function paint(style: Style, health: Health): (text: string) => string {
  return { good: style.good, caution: style.caution, bad: style.bad }[health]
}
