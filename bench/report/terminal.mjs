/** The table as it is printed. */
import { cellsOf, HEADINGS } from './cells.mjs'

export function terminalTable(rows) {
  const table = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...table.map(cells => cells[column].length)))
  return table
    .map(cells =>
      cells
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
