/** Branches drawn in lines, each of one or more lines of text. Pure. */

import { displayWidth, wrapped } from './text.js'

export interface Branch {
  /** Its text in at most so many columns; at least one line. */
  readonly lines: (columns: number) => readonly string[]
  readonly children: readonly Branch[]
}

const FEWEST_COLUMNS = 20

/** @param columns of the terminal; absent: as wide as the text is */
export function branchLines(root: Branch, columns: number = Number.POSITIVE_INFINITY): readonly string[] {
  const lines: string[] = []
  const add = ({ lines: textOf, children }: Branch, head: string, indent: string): void => {
    const below = children.length === 0 ? '   ' : '│  '
    const width = Math.max(columns - indent.length - below.length, FEWEST_COLUMNS)
    for (const [i, line] of textOf(width).entries()) lines.push(i === 0 ? head + line : indent + below + line)
    children.forEach((child, index) => {
      const last = index === children.length - 1
      add(child, `${indent}${last ? '└─ ' : '├─ '}`, `${indent}${last ? '   ' : '│  '}`)
    })
  }
  add(root, '', '')
  return lines
}

/** A head, beside it what fits of the detail, and the rest below: nothing is cut off, half of an address would be none.
 *
 * @param head may have colours; the detail gets them by `paint`
 * @param detail a text, or parts of one that are not broken
 */
export function beside(
  head: string,
  detail: string | readonly string[],
  columns: number,
  paint: (text: string) => string = text => text,
): readonly string[] {
  const words = typeof detail === 'string' ? detail.split(' ') : detail
  if (words.join('') === '') return [head]
  const room = columns - displayWidth(head) - 2
  const [beginning = ''] = wrapped(words, room)
  if (displayWidth(beginning) > room) return [head, ...wrapped(words, columns).map(paint)]
  const rest = words.slice(wordsIn(words, beginning))
  return [`${head}  ${paint(beginning)}`, ...(rest.length === 0 ? [] : wrapped(rest, columns).map(paint))]
}

function wordsIn(words: readonly string[], line: string): number {
  let length = -1
  return (
    words.findIndex(word => {
      length += 1 + word.length
      return length === line.length
    }) + 1
  )
}
