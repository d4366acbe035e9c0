/**
 * Saving and reading: blocks hashed, sealed and encoded in memory on one core and on two; the uploader; both ways over
 * loopback to four 0-DBs with files on disk; and the memory that files of different sizes need. Each measurement is a
 * process of its own; kinds take turns.
 */
import { measure } from '../processes.mjs'
import { summary } from '../statistics.mjs'

const ROUNDS = 5
const PIPELINE_MIB = 1024
const LOOPBACK_MIB = 256
const SIZES_MIB = [100, 1024, 4096]
const SEALED_BLOCKS = 400
const WITHOUT_NATIVE_HASHER = {
  NODE_OPTIONS: `--import=${new URL('../clients/without-native-hasher.mjs', import.meta.url).href}`,
}

export async function measureCdnObject(say) {
  say(`blocks sealed in memory on one core and on two, then the uploader with ${PIPELINE_MIB} MiB, ${ROUNDS} rounds`)
  const one = []
  const two = []
  const slow = []
  const uploads = []
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await sealing(1))
    two.push(await sealing(2))
    slow.push(await sealing(1, WITHOUT_NATIVE_HASHER))
    uploads.push((await pipeline(PIPELINE_MIB, 2)).megabytesPerSecond)
  }
  const [single, double] = [one, two].map(list => summary(list.map(({ wall }) => wall)))
  const uploader = summary(uploads)

  say(`upload and download of ${LOOPBACK_MIB} MiB over loopback, ${ROUNDS} rounds`)
  const loops = []
  for (let round = 0; round < ROUNDS; round++) {
    loops.push((await measure('bench/clients/cdn-loopback.mjs', [LOOPBACK_MIB])).at(-1))
  }
  const [up, down, dead] = ['upload', 'download', 'oneDead'].map(name => summary(loops.map(loop => loop[name])))

  say('memory of the uploader')
  const memory = []
  for (const mebibytes of SIZES_MIB) memory.push((await pipeline(mebibytes, 2)).rssMiB)

  const atLeast = (what, ours, peer, goal) => {
    const ratio = ours.median / peer.median
    return { what, unit: 'MB/s', ours, peer, ratio, goal: `≥ ${goal}`, met: ratio >= goal }
  }
  return [
    ...besideStages(one),
    ...besideStages(slow),
    atLeast('blocks hashed, sealed and encoded by the clock, on two cores, beside one', double, single, 1.6),
    {
      what: 'the uploader without a network: the file is read too, on two cores',
      unit: 'MB/s',
      ours: uploader,
      peer: double,
      ratio: uploader.median / double.median,
    },
    {
      what: 'upload over loopback, beside the uploader without a network',
      unit: 'MB/s',
      ours: up,
      peer: uploader,
      ratio: up.median / uploader.median,
    },
    {
      what: 'download over loopback, beside the uploader without a network',
      unit: 'MB/s',
      ours: down,
      peer: uploader,
      ratio: down.median / uploader.median,
    },
    atLeast('download with one place dead, beside all alive', dead, down, 0.8),
    ...SIZES_MIB.slice(1).map((mebibytes, i) => {
      const [ours, peer] = [summary([memory[i + 1]]), summary([memory[0]])]
      const ratio = ours.median / peer.median
      const what = `memory while ${mebibytes} MiB are saved, beside ${SIZES_MIB[0]} MiB`
      return { what, unit: 'MiB', ours, peer, ratio, goal: '≤ 1.25', met: ratio <= 1.25 }
    }),
  ]
}

async function pipeline(mebibytes, threads) {
  return (await measure('bench/clients/cdn-pipeline.mjs', [mebibytes, threads])).at(-1)
}

async function sealing(threads, env = {}) {
  return (await measure('bench/clients/cdn-seal.mjs', [SEALED_BLOCKS, threads], env)).at(-1)
}

/** The pipeline on one core by the time of the processor, beside its slowest stage alone and beside all of them one after
 * the other: the first must hold in every round, the second says what the pipeline adds to its stages. */
function besideStages(rounds) {
  const what = `blocks hashed (${rounds[0].hasher}), sealed and encoded in memory`
  const ours = summary(rounds.map(({ cpu }) => cpu))
  const least = (peer, goal) => {
    const ratio = Math.min(...rounds.map(round => round.cpu / peer(round)))
    return {
      unit: 'MB/s',
      ours,
      peer: summary(rounds.map(peer)),
      ratio,
      goal: `≥ ${goal} in each round`,
      met: ratio >= goal,
    }
  }
  const slowest = ({ stages }) => Math.min(...Object.values(stages))
  const inTurn = ({ stages }) => 1 / Object.values(stages).reduce((time, speed) => time + 1 / speed, 0)
  return [
    { what: `${what}, beside the slowest stage alone`, ...least(slowest, 0.5) },
    { what: `the same, beside hash, seal and encode alone, one after the other`, ...least(inTurn, 0.9) },
  ]
}
