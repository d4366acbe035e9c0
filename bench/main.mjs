/**
 * Measures Hyphae beside the peer client, prints a table, and writes it to docs/performance.md.
 *
 *     node bench/main.mjs [--only machines,signing,cdn-codec] [--json FILE] [--no-docs]
 *
 * Needs dist/ and the peer's packages; `npm run bench` sees to both. A run with --only leaves the page alone.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

import { writePage } from './report/page.mjs'
import { terminalTable } from './report/terminal.mjs'
import { measureCdnCodec } from './sections/cdn-codec.mjs'
import { measureCdnObject } from './sections/cdn-object.mjs'
import { measureCdnServices } from './sections/cdn-services.mjs'
import { measureLoading } from './sections/loading.mjs'
import { measureMachines } from './sections/machines.mjs'
import { measureNodeNetwork } from './sections/node-network.mjs'
import { measureScale } from './sections/scale.mjs'
import { measureSigning } from './sections/signing.mjs'

const SECTIONS = {
  machines: measureMachines,
  signing: measureSigning,
  loading: measureLoading,
  scale: measureScale,
  'cdn-codec': measureCdnCodec,
  'cdn-object': measureCdnObject,
  'cdn-services': measureCdnServices,
  'node-network': measureNodeNetwork,
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, 'no-docs': { type: 'boolean', default: false } },
})
const wanted = values.only?.split(',') ?? Object.keys(SECTIONS)
const unknown = wanted.filter(name => !(name in SECTIONS))
if (unknown.length > 0)
  throw new Error(`there is no section ${unknown.join(', ')}: ${Object.keys(SECTIONS).join(', ')}`)

const cores = availableParallelism()
const machine = `${cores} core${cores === 1 ? '' : 's'}, Node ${process.versions.node} (${process.platform}, ${process.arch})`
const startedAt = performance.now()
const rows = []
for (const name of wanted) {
  const measured = await SECTIONS[name](text => process.stderr.write(`${text} …\n`))
  rows.push(...measured.map(row => ({ section: name, ...row })))
}

process.stdout.write(`\n${machine}\n\n${terminalTable(rows)}\n\n`)
const missed = rows.filter(({ met }) => met === false)
process.stdout.write(
  missed.length === 0 ? 'every goal is met' : `not met: ${missed.map(({ what }) => what).join('; ')}`,
)
process.stdout.write(`, after ${Math.round((performance.now() - startedAt) / 1000)} s\n`)
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
if (values.only === undefined && !values['no-docs']) writePage(rows, machine)
