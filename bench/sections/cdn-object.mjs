/**
 * Saving and reading: the uploader's pipeline in memory on one thread and on two, over loopback to four 0-DBs with files
 * on disk, and the memory that files of different sizes need. Each measurement is a process of its own; kinds take turns.
 */
import { randomBytes } from 'node:crypto'

import { loadHasher, seal } from '../../dist/cdn/crypto/index.js'
import { measure } from '../processes.mjs'
import { summary } from '../statistics.mjs'

const ROUNDS = 5
const PIPELINE_MIB = 1024
const LOOPBACK_MIB = 256
const SIZES_MIB = [100, 1024, 4096]
const BLOCK_BYTES = 5 * 1024 * 1024

export async function measureCdnObject(say) {
  say(`the uploader's pipeline with ${PIPELINE_MIB} MiB, ${ROUNDS} rounds`)
  const one = []
  const two = []
  const stage = []
  for (let round = 0; round < ROUNDS; round++) {
    stage.push(await slowestStage())
    one.push((await pipeline(PIPELINE_MIB, 1)).megabytesPerSecond)
    two.push((await pipeline(PIPELINE_MIB, 2)).megabytesPerSecond)
  }
  const [alone, single, double] = [stage, one, two].map(summary)

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
    atLeast('pipeline on two cores, beside its slowest stage alone', double, alone, 0.5),
    atLeast('pipeline on two cores, beside one', double, single, 1.6),
    {
      what: 'upload over loopback, beside the pipeline',
      unit: 'MB/s',
      ours: up,
      peer: double,
      ratio: up.median / double.median,
    },
    {
      what: 'download over loopback, beside the pipeline',
      unit: 'MB/s',
      ours: down,
      peer: double,
      ratio: down.median / double.median,
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

/** All hashing of a block (plain, sealed, and its share of the file), or sealing: whichever takes longer. MB/s. */
async function slowestStage() {
  const hasher = await loadHasher()
  const plain = randomBytes(BLOCK_BYTES)
  const [key, nonce, into] = [randomBytes(32), randomBytes(12), new Uint8Array(BLOCK_BYTES + 16)]
  const speeds = []
  for (const run of [
    () => {
      for (let i = 0; i < 3; i++) hasher.hash(plain)
    },
    () => seal({ key, nonce, plain, into }),
  ]) {
    const samples = []
    for (let i = 0; i < 15; i++) {
      const startedAt = performance.now()
      await run()
      samples.push(BLOCK_BYTES / 1000 / (performance.now() - startedAt))
    }
    speeds.push(summary(samples).median)
  }
  return Math.min(...speeds)
}
