/** The block of docs/performance.md that every full run rewrites. What stands around it is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../processes.mjs'
import { cellsOf, HEADINGS } from './cells.mjs'

const PAGE = join(ROOT, 'docs/performance.md')
const START = '<!-- bench:start -->'
const END = '<!-- bench:end -->'

export function writePage(rows, machine) {
  const page = readFileSync(PAGE, 'utf8')
  const from = page.indexOf(START)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${PAGE} has no block between ${START} and ${END}`)
  writeFileSync(PAGE, `${page.slice(0, from)}${block(rows, machine)}${page.slice(to)}`)
}

function block(rows, machine) {
  const line = cells => `| ${cells.join(' | ')} |`
  return `${START}

Measured by \`npm run bench\` on ${machine}.
Times and memory are medians, with the least and the most in brackets: other work on the machine disturbs them. In rows
about many machines the ratio is the growth against the row with a tenth of them; × 10 would be linear.

${[line(HEADINGS), line(HEADINGS.map(() => '---')), ...rows.map(row => line(cellsOf(row)))].join('\n')}

`
}
