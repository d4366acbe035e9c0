/**
 * A thousand deployments of one machine: built, validated, hashed and signed, by both clients in turn. It is work of one
 * core and nothing is waited for, so time of the processor is counted, which work beside it bends least.
 */
import { startWorker } from '../processes.mjs'
import { compare } from '../statistics.mjs'

const COUNT = 1_000
const TURNS = 8
/** The clients work for about the same time, in turn. */
const ROUNDS = { ours: 8, peer: 1 }
/** Turns in which a process still compiles its code. */
const WARM_UP = 2
const GOAL = 8

export async function measureSigning(say) {
  const workers = {
    ours: await startWorker('bench/clients/sign-ours.mjs', [COUNT]),
    peer: await startWorker('bench/clients/sign-peer.cjs', [COUNT]),
  }
  const turns = []
  for (let turn = 1; turn <= TURNS; turn++) {
    say(`${COUNT} deployments built and signed by each client (turn ${turn} of ${TURNS})`)
    turns.push({ ours: await rounds(workers.ours, ROUNDS.ours), peer: await rounds(workers.peer, ROUNDS.peer) })
  }
  await Promise.all([workers.ours.close(), workers.peer.close()])

  const hashes = new Set(turns.flatMap(({ ours, peer }) => [...ours, ...peer]).map(({ hash }) => hash))
  if (hashes.size !== 1) throw new Error(`the clients disagree about what they signed: ${[...hashes].join(', ')}`)
  const times = (whose, list) => list.flatMap(turn => turn[whose].map(({ processorMs }) => processorMs))
  const warm = turns.slice(WARM_UP)
  const rate = compare(times('ours', warm), times('peer', warm))
  const first = compare(times('ours', turns).slice(0, 1), times('peer', turns).slice(0, 1))
  return [
    {
      what: 'build, validate, hash and sign 1,000 (processor time)',
      unit: 'ms',
      ...rate,
      goal: `≥ ${GOAL} ×`,
      met: rate.ratio >= GOAL,
    },
    { what: 'the first 1,000 of a process (processor time)', unit: 'ms', ...first },
  ]
}

async function rounds(worker, count) {
  const answers = []
  for (let round = 0; round < count; round++) answers.push(await worker.ask('round'))
  return answers
}
