/** Trees with branches drawn in lines, as narrow as the terminal. Pure. */
import type { Health, TreeNode } from '../../network/node/report/tree.js'
import type { Terminal } from '../context.js'
import { type Style, styleOf } from './style.js'
import { clean, cut, displayWidth } from './text.js'

/** Beside the colour, for those who see none. */
const MARKS: Readonly<Record<Health, string>> = { good: '✓', caution: '…', bad: '✗' }

export function treeLines(root: TreeNode, terminal: Pick<Terminal, 'colors' | 'columns'>): readonly string[] {
  const style = styleOf(terminal.colors)
  const lines: string[] = []
  const add = (node: TreeNode, head: string, indent: string): void => {
    lines.push(head + nodeText(node, style, room(terminal.columns, head)))
    node.children.forEach((child, index) => {
      const last = index === node.children.length - 1
      add(child, `${indent}${last ? '└─ ' : '├─ '}`, `${indent}${last ? '   ' : '│  '}`)
    })
  }
  add(root, '', '')
  return lines
}

function nodeText({ label, detail, health }: TreeNode, style: Style, columns: number): string {
  const mark = health === undefined ? '' : `${paint(style, health)(MARKS[health])} `
  const name = clean(label)
  const rest = columns - displayWidth(name) - 4
  const more = detail === undefined ? '' : `  ${style.quiet(cut(clean(detail), Math.max(rest, 1)))}`
  return `${mark}${style.heading(name)}${more}`
}

function room(columns: number | undefined, head: string): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : columns - displayWidth(head)
}

function paint(style: Style, health: Health): (text: string) => string {
  return { good: style.good, caution: style.caution, bad: style.bad }[health]
}
