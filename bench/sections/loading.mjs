/** What it costs to load each client, and to ask the command for help. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { measure, ROOT, wallTime } from '../processes.mjs'
import { compare, summary } from '../statistics.mjs'

const TURNS = 9
const HELP_TURNS = 15
const HELP_LIMIT_MS = 150
const LOAD_SHARE = 4
const HEAVY = /\/node_modules\/(@polkadot|axios)\//

export async function measureLoading(say) {
  say('loading both clients in fresh processes')
  const ours = []
  const peer = []
  for (let turn = 0; turn < TURNS; turn++) {
    ours.push(...(await measure('bench/clients/load-ours.mjs')))
    peer.push(...(await measure('bench/clients/load-peer.cjs')))
  }
  const time = compare(...[ours, peer].map(list => list.map(({ elapsedMs }) => elapsedMs)))
  const memory = compare(...[ours, peer].map(list => list.map(({ rssBytes }) => rssBytes)))
  const [loaded] = await measure('test/architecture/loaded-modules.mjs', [ROOT, 'hyphae'])
  const heavy = loaded.filter(url => HEAVY.test(url))
  const rows = [
    { what: "import 'hyphae'", unit: 'ms', ...time, goal: `> ${LOAD_SHARE} ×`, met: time.ratio > LOAD_SHARE },
    { what: 'memory of a process that imported it', unit: 'bytes', ...memory },
    {
      what: 'files of @polkadot and axios loaded with it',
      unit: 'files',
      ours: summary([heavy.length]),
      goal: 'none',
      met: heavy.length === 0,
    },
  ]
  return [...rows, ...(await measureHelp(say))]
}

async function measureHelp(say) {
  const command = join(ROOT, 'dist/cli/bin.js')
  if (!existsSync(command)) return []
  say('hyphae --help')
  const help = []
  const bare = []
  for (let turn = 0; turn < HELP_TURNS; turn++) {
    help.push(await wallTime([command, '--help']))
    bare.push(await wallTime(['-e', '0']))
  }
  const ours = summary(help)
  const met = ours.median < HELP_LIMIT_MS
  return [
    { what: 'hyphae --help, the whole process', unit: 'ms', ours, goal: `< ${HELP_LIMIT_MS} ms`, met },
    { what: 'node -e 0, for comparison', unit: 'ms', ours: summary(bare) },
  ]
}
