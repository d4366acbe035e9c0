/**
 * What the content network computes, one block of 5 MiB at a time on one core: sealing, hashing, coding. Every speed is
 * compared with AES-256-GCM of node:crypto in the same rounds, since machines differ and ratios hardly do. Time is that of
 * the processor: all of this happens on one thread, and work beside it would otherwise slow the longest jobs the most.
 *
 * Goals are the ratios that the best known implementations reached on another machine, less a fifth.
 */
import { createCipheriv, randomBytes } from 'node:crypto'

import { loadHasher, seal } from '../../dist/cdn/crypto/index.js'
import { createCodec } from '../../dist/cdn/erasure/index.js'
import { summary } from '../statistics.mjs'

const ROUNDS = 41
const BLOCK_BYTES = 5 * 1024 * 1024
const TAG_BYTES = 16
const SLACK = 0.8

/** What was measured once, in MB/s beside AES at 2,700 MB/s. */
const AES = 2700
const CODES = [
  { required: 3, parity: 1, kernel: 'simd', encode: 6800, rebuild: 4300 },
  { required: 16, parity: 4, kernel: 'simd', encode: 2700, rebuild: 5700 },
  { required: 3, parity: 1, kernel: 'portable', encode: 3300, rebuild: 3000 },
  { required: 16, parity: 4, kernel: 'portable', encode: 400, rebuild: 500 },
]
const HASHERS = { native: 4400, wasm: 540 }

export async function measureCdnCodec(say) {
  say(`sealing, hashing and coding blocks, ${ROUNDS} rounds`)
  const block = randomBytes(BLOCK_BYTES)
  const jobs = [...sealing(block), ...(await hashing(block)), ...(await coding())]
  const speeds = jobs.map(() => [])
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, { run }] of jobs.entries()) {
      const before = process.cpuUsage()
      await run()
      const { user, system } = process.cpuUsage(before)
      const megabytesPerSecond = BLOCK_BYTES / (user + system)
      // The first round is for the compilers.
      if (round >= 0) speeds[index].push(megabytesPerSecond)
    }
  }

  const [bare, sealed] = speeds.map(summary)
  // New memory for each block makes the bare one slower at times: the goals are held against the faster of the two.
  const faster = bare.median > sealed.median ? bare : sealed
  return jobs.map(({ what, reference }, index) => {
    const ours = summary(speeds[index])
    if (index === 0) return { what, unit: 'MB/s', ours }
    const aes = index === 1 ? bare : faster
    const ratio = ours.median / aes.median
    const goal = (reference / AES) * SLACK
    return { what, unit: 'MB/s', ours, peer: aes, ratio, goal: `≥ ${goal.toFixed(2)} × AES`, met: ratio >= goal }
  })
}

function sealing(block) {
  const key = randomBytes(32)
  const nonce = randomBytes(12)
  const into = new Uint8Array(BLOCK_BYTES + TAG_BYTES)
  const bare = () => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.update(block)
    cipher.final()
  }
  return [
    { what: 'AES-256-GCM, node:crypto as it is', run: bare },
    { what: 'a block sealed with AES-256-GCM', run: () => seal({ key, nonce, plain: block, into }), reference: AES },
  ]
}

async function hashing(block) {
  const jobs = []
  for (const [implementation, reference] of Object.entries(HASHERS)) {
    // The native one is optional.
    const hasher = await loadHasher({ implementation }).catch(() => undefined)
    if (hasher) jobs.push({ what: `BLAKE3, ${implementation}`, run: () => hasher.hash(block), reference })
  }
  return jobs
}

async function coding() {
  const jobs = []
  for (const { required, parity, kernel, encode, rebuild } of CODES) {
    const codec = await createCodec({ required, total: required + parity, kernel })
    const shardBytes = Math.floor((BLOCK_BYTES + TAG_BYTES) / required) + 1
    const padded = randomBytes(shardBytes * required)
    const data = Array.from({ length: required }, (_, i) => padded.subarray(i * shardBytes, (i + 1) * shardBytes))
    const shards = [...data, ...codec.encode(data)]
    const into = shards.slice(required)
    const left = shards.map((shard, i) => (i === 1 ? undefined : shard))
    const code = `${required} of ${required + parity}, ${kernel}`
    jobs.push(
      { what: `parity, ${code}`, run: () => codec.encode(data, into), reference: encode },
      { what: `a lost shard, ${code}`, run: () => codec.reconstruct(left), reference: rebuild },
    )
  }
  return jobs
}
