/** Columns of text, as narrow as they can be and never wider than the terminal. Pure. */
import type { Style } from './style.js'
import { clean, cut, displayWidth, padEnd, padStart } from './text.js'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Never cut: half of an address is no address. */
  readonly whole?: boolean
}

const GAP = '  '
const NARROWEST = 6

/** Lines, the titles first; a column in which every cell is empty is left out. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly (string | number | undefined)[])[],
  options: { style: Style; columns?: number | undefined; indent?: string },
): readonly string[] {
  const { style, indent = '' } = options
  const texts = rows.map(row => columns.map((_, i) => clean(String(row[i] ?? ''))))
  const kept = columns.map((_, i) => i).filter(i => texts.some(row => row[i] !== ''))
  const natural = kept.map(i =>
    Math.max(displayWidth(columns[i]?.title ?? ''), ...texts.map(row => displayWidth(row[i] ?? ''))),
  )
  const widths = narrow(
    natural,
    kept.map(i => columns[i]?.whole === true),
    options.columns === undefined ? undefined : options.columns - indent.length,
  )

  const line = (cells: readonly string[], paint: (text: string) => string) =>
    kept
      .map((column, place) => {
        const width = widths[place] ?? 0
        const cell = cut(cells[column] ?? '', width)
        return paint(columns[column]?.align === 'right' ? padStart(cell, width) : padEnd(cell, width))
      })
      .join(GAP)
      .trimEnd()
  const titles = line(
    columns.map(({ title }) => title),
    style.quiet,
  )
  return [titles, ...texts.map(row => line(row, text => text))].map(text => indent + text)
}

/** Takes from the widest column that may be cut until all fit, or until nothing more can be taken. */
function narrow(
  natural: readonly number[],
  whole: readonly boolean[],
  available: number | undefined,
): readonly number[] {
  const widths = [...natural]
  if (available === undefined) return widths
  let over = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - available
  while (over > 0) {
    const widest = widths.reduce(
      (best, width, i) => (!whole[i] && width > NARROWEST && width > (widths[best] ?? 0) ? i : best),
      -1,
    )
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    over--
  }
  return widths
}
