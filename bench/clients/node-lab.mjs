/**
 * Builds the lab of a scenario (argument 1) and runs node-inside.mjs with the other arguments in its first node, as a node's
 * own process runs: nothing stands between it and the tools. Ends as that ends.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { findScenario, startLab } from '../../dist/network/node/index.js'

const [scenario, ...rest] = process.argv.slice(2)
const { nodes, ...spec } = findScenario(scenario)
const [{ name, config }] = nodes

const lab = await startLab({ ...spec, nodes })
try {
  const { enter, folder } = lab.machine(name)
  const stateDir = join(folder, 'bench')
  await mkdir(stateDir, { recursive: true })
  const inside = fileURLToPath(new URL('node-inside.mjs', import.meta.url))
  const [file, ...args] = [...enter, process.execPath, inside, ...rest]
  const env = { ...process.env, BENCH_NODE: JSON.stringify({ config, stateDir }) }
  const child = spawn(file, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'close')
  process.exitCode = code ?? 1
} finally {
  await lab.stop()
}
