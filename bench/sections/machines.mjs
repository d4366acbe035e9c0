/** One machine with Mycelium: deploy to ready, update, add_machine, delete; both clients in turn on one grid. */
import { measure, startGrid } from '../processes.mjs'
import { compare, summary } from '../statistics.mjs'

const TURNS = 2
const OUR_ROUNDS = 6
const PEER_ROUNDS = 2
const GOALS = { deploy: 15, update: 10, add_machine: 10, delete: 10 }
const NAMES = {
  deploy: 'one machine with Mycelium, deploy to ready',
  update: 'update: a second machine',
  add_machine: 'add_machine: a third one',
  delete: 'delete of all three and their network',
}

export async function measureMachines(say) {
  const grid = await startGrid()
  try {
    const ours = []
    const peer = []
    const runOurs = async () => ours.push(await oursOn(grid))
    for (let turn = 1; turn <= TURNS; turn++) {
      say(`one machine: Hyphae, then the peer (turn ${turn} of ${TURNS}; the peer takes a minute and a half)`)
      await runOurs()
      peer.push(await peerOn(grid))
    }
    await runOurs()

    const rows = Object.keys(GOALS).map(step => {
      const compared = compare(timesOf(ours.flat(), step), timesOf(peer.flat(), step))
      return {
        what: NAMES[step],
        unit: 'ms',
        ...compared,
        goal: `≥ ${GOALS[step]} ×`,
        met: compared.ratio >= GOALS[step],
      }
    })
    const first = compare(
      ours.map(run => timesOf(run, 'deploy')[0]),
      peer.map(run => timesOf(run, 'deploy')[0]),
    )
    const cpu = summary(timesOf(ours.flat(), 'cpu'))
    const connected = runs => runs.map(run => run.find(({ step }) => step === 'connect').atMs)
    const connect = compare(connected(ours), connected(peer))
    return [
      ...rows,
      { what: 'update: another cpu (nodes refuse what the peer sends)', unit: 'ms', ours: cpu },
      { what: 'from spawning a process to connected', unit: 'ms', ...connect },
      { what: 'the first deployment of a process, deploy to ready', unit: 'ms', ...first },
    ]
  } finally {
    await grid.close()
  }
}

function oursOn({ urls, mnemonic }) {
  return measure('bench/clients/machines-ours.mjs', [OUR_ROUNDS], { BENCH_GRID: JSON.stringify({ urls, mnemonic }) })
}

function peerOn({ urls, mnemonic, nodes }) {
  return measure('test/conformance/peer.cjs', ['bench'], {
    PEER_GRID: JSON.stringify({ ...urls, mnemonic, nodes }),
    PEER_ROUNDS: String(PEER_ROUNDS),
  })
}

function timesOf(steps, name) {
  return steps.filter(({ step }) => step === name).map(({ elapsedMs }) => elapsedMs)
}
