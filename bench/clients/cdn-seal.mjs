/**
 * Blocks in memory (BLOCKS, THREADS as arguments) through everything but disk and network: the hash of the whole, then
 * hash, seal and encode. Prints MB/s of the pipeline and, from the same process, of each stage alone: `cpu` by the time of
 * the processor, `wall` by the clock. Two threads have no `cpu`: theirs is the time of both.
 */
import { randomFillSync } from 'node:crypto'

import { loadHasher, seal } from '../../dist/cdn/crypto/index.js'
import { createCodec } from '../../dist/cdn/erasure/index.js'
import { createSealer } from '../../dist/cdn/object/index.js'

const BLOCK_BYTES = 5 * 1024 * 1024
const SETTINGS = { hashBytes: 32, required: 3, total: 4 }
const [blocks, threads] = process.argv.slice(2).map(Number)

const hasher = await loadHasher()

/** MB/s of `work`, which is `count` blocks. */
async function speed(count, work) {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const ms = performance.now() - startedAt
  const { user, system } = process.cpuUsage(before)
  return { wall: (count * BLOCK_BYTES) / 1000 / ms, cpu: (count * BLOCK_BYTES) / (user + system) }
}

async function pipeline(count) {
  const sealer = createSealer(threads)
  const free = Array.from({ length: threads * 2 + 1 }, () => randomFillSync(new Uint8Array(BLOCK_BYTES)))
  // Memory goes from block to block, as the uploader has it.
  const rooms = []
  const run = async amount => {
    const whole = await hasher.stream()
    const running = new Set()
    for (let i = 0; i < amount; i++) {
      if (free.length === 0) await Promise.race(running)
      const plain = free.pop()
      whole.update(plain)
      const work = sealer.seal(plain, SETTINGS, undefined, rooms.pop()).then(result => {
        free.push(result.plain)
        rooms.push(result.sealing.sealed.room)
        running.delete(work)
      })
      running.add(work)
      if (threads === 1) await work
    }
    await Promise.all(running)
    whole.digest(32)
  }
  await run(threads * 4) // threads start, code is compiled
  const measured = await speed(count, () => run(count))
  await sealer.close()
  return measured
}

/** Each stage over the same bytes, all hashing of a block as one: its content, what is sealed, its share of the whole. */
async function stagesAlone(count) {
  const plain = randomFillSync(new Uint8Array(BLOCK_BYTES))
  const [key, nonce, into] = [new Uint8Array(32), new Uint8Array(12), new Uint8Array(BLOCK_BYTES + 16)]
  const third = Math.floor(BLOCK_BYTES / 3)
  const data = [0, 1, 2].map(i => plain.subarray(i * third, (i + 1) * third))
  const parity = [new Uint8Array(third)]
  const codec = await createCodec(SETTINGS)
  const stages = {
    hash: () => [1, 2, 3].forEach(() => void hasher.hash(plain, 32)),
    seal: () => seal({ key, nonce, plain, into }),
    encode: () => codec.encode(data, parity),
  }
  const speeds = {}
  for (const [name, stage] of Object.entries(stages)) {
    for (let i = 0; i < 3; i++) await stage()
    speeds[name] = await speed(count, async () => {
      for (let i = 0; i < count; i++) await stage()
    })
  }
  return speeds
}

// A machine that slows down or speeds up does so for the stages too.
const before = await stagesAlone(blocks / 8)
const measured = await pipeline(blocks)
const after = await stagesAlone(blocks / 8)

const mean = name => (before[name].cpu + after[name].cpu) / 2
const stages = { hash: mean('hash'), seal: mean('seal'), encode: mean('encode') }
process.stdout.write(`${JSON.stringify({ hasher: hasher.implementation, ...measured, stages })}\n`)
