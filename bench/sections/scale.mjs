/** The local grid by itself, then 10, 100 and 1,000 machines over 50 nodes in one program. */
import { measure, startGrid } from '../processes.mjs'
import { summary } from '../statistics.mjs'

const STARTS = 5
const READY_LIMIT_MS = 2_000
const MEMORY_LIMIT_BYTES = 250e6
const NODES = 50
const SIZES = [10, 100, 1_000]
const TURNS = 3

export async function measureScale(say) {
  say('starting local grids')
  const starts = []
  for (let i = 0; i < STARTS; i++) {
    const grid = await startGrid()
    starts.push(grid)
    await grid.close()
  }
  const ready = summary(starts.map(({ readyMs }) => readyMs))
  const memory = summary(starts.map(({ rssBytes }) => rssBytes))

  const runs = new Map(SIZES.map(size => [size, []]))
  for (let turn = 1; turn <= TURNS; turn++) {
    say(`${SIZES.join(', ')} machines over ${NODES} nodes (turn ${turn} of ${TURNS})`)
    for (const size of SIZES) runs.get(size).push(await deployMany(size))
  }
  return [
    {
      what: 'local grid, from spawning its process to ready',
      unit: 'ms',
      ours: ready,
      goal: `≤ ${READY_LIMIT_MS / 1000} s`,
      met: ready.median <= READY_LIMIT_MS,
    },
    {
      what: 'its memory then',
      unit: 'bytes',
      ours: memory,
      goal: `≤ ${MEMORY_LIMIT_BYTES / 1e6} MB`,
      met: memory.median <= MEMORY_LIMIT_BYTES,
    },
    ...SIZES.flatMap(size => rowsOf(size, runs)),
  ]
}

/** Grid and client are new every time: nothing of an earlier run is in their memory. */
async function deployMany(size) {
  const grid = await startGrid({ nodes: { full: NODES } })
  try {
    const { urls, mnemonic, nodes } = grid
    const BENCH_GRID = JSON.stringify({ urls, mnemonic, nodes })
    const [measured] = await measure('bench/clients/many-ours.mjs', [size], { BENCH_GRID })
    const { peakBytes: gridBytes } = await grid.memory()
    return { ...measured, clientBytes: measured.peakBytes, gridBytes }
  } finally {
    await grid.close()
  }
}

const MEASURED = [
  ['planMs', 'ms', 'to plan'],
  ['deployMs', 'ms', 'to deploy, all ready'],
  ['againMs', 'ms', 'to find that nothing is to do'],
  ['clientBytes', 'bytes', "the client's memory at its highest"],
  ['gridBytes', 'bytes', "the grid's memory at its highest"],
]

/** Ten times as many may cost ten times as much. */
function rowsOf(size, runs) {
  const before = runs.get(size / 10)
  return MEASURED.map(([key, unit, what]) => {
    const of = list => summary(list.map(run => run[key]))
    const ours = of(runs.get(size))
    const growth = before === undefined ? undefined : ours.median / of(before).median
    const each = unit === 'ms' ? { eachMs: ours.median / size } : {}
    const goal = growth === undefined ? {} : { growth, goal: '≤ × 10', met: growth <= 10 }
    return { what: `${size.toLocaleString('en')} machines: ${what}`, unit, ours, ...each, ...goal }
  })
}
