/** A thousand deployments of one machine: built, validated, hashed and signed. Both must come to the same hash. */
import { measure } from '../processes.mjs'
import { compare } from '../statistics.mjs'

const COUNT = 1_000
const TURNS = 3
const ROUNDS = 6
/** Rounds in which a process still compiles its code. */
const WARM_UP = 2
const GOAL = 8

export async function measureSigning(say) {
  const ours = []
  const peer = []
  for (let turn = 1; turn <= TURNS; turn++) {
    say(`${COUNT} deployments built and signed: Hyphae, then the peer (turn ${turn} of ${TURNS})`)
    ours.push(await measure('bench/clients/sign-ours.mjs', [COUNT, ROUNDS]))
    peer.push(await measure('bench/clients/sign-peer.cjs', [COUNT, ROUNDS]))
  }
  const hashes = new Set([...ours, ...peer].flat().map(({ hash }) => hash))
  if (hashes.size !== 1) throw new Error(`the clients disagree about what they signed: ${[...hashes].join(', ')}`)

  const warm = runs => runs.flatMap(rounds => rounds.slice(WARM_UP)).map(({ elapsedMs }) => elapsedMs)
  const cold = runs => runs.map(([first]) => first.elapsedMs)
  const rate = compare(warm(ours), warm(peer))
  return [
    { what: 'build, validate, hash and sign 1,000', unit: 'ms', ...rate, goal: `≥ ${GOAL} ×`, met: rate.ratio >= GOAL },
    { what: 'the first 1,000 of a process', unit: 'ms', ...compare(cold(ours), cold(peer)) },
  ]
}
