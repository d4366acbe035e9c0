/**
 * The gateway: MB/s of what is cached and of what comes from four embedded 0-DBs with files on disk, p99 of ranges of
 * 1 KiB at 64 connections, memory with 500 connections open. Speeds are compared with a bare server of node:http that
 * reads the same bytes from a file, in the same rounds.
 *
 *     node bench/cdn-gateway.mjs [--megabytes 100] [--rounds 3] [--json FILE]
 *
 * Needs dist/ (npm run build).
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { registryClient, upload, zdbBlockStore } from '../dist/cdn/object/index.js'
import { summary } from './statistics.mjs'

const HYPHAE = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url))
const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
})
const bytes = Number(values.megabytes) * 1_000_000
const rounds = Number(values.rounds)
const RANGE_CONNECTIONS = 64
const RANGE_REQUESTS = 6_400
const OPEN_CONNECTIONS = 500

const folder = mkdtempSync(join(tmpdir(), 'hyphae-bench-gateway-'))
const children = []

/** A service of the command, as it says where it is. */
async function service(...args) {
  const child = spawn(process.execPath, [HYPHAE, ...args, '--listen', '127.0.0.1:0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  for await (const line of createInterface({ input: child.stdout }))
    return { ...JSON.parse(line), pid: child.pid, child }
  throw new Error(`hyphae ${args.join(' ')} has not come up`)
}

async function stop(child) {
  if (child.exitCode !== null) return
  child.kill('SIGINT')
  await once(child, 'exit')
}

/** Bytes of the answer; they are thrown away as they come. */
function read(port, path, { headers = {}, agent } = {}) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, headers, agent: agent ?? false }, response => {
      let length = 0
      response.on('data', chunk => {
        length += chunk.length
      })
      response.on('end', () => resolve({ status: response.statusCode, length }))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

async function megabytesPerSecond(port, path) {
  const startedAt = performance.now()
  const { status, length } = await read(port, path)
  if (status !== 200 || length !== bytes) throw new Error(`${status} with ${length} bytes`)
  return bytes / 1_000 / (performance.now() - startedAt)
}

async function rangeTimes(port, path) {
  const agent = new Agent({ keepAlive: true, maxSockets: RANGE_CONNECTIONS })
  const times = []
  const loop = async () => {
    while (times.length < RANGE_REQUESTS) {
      const start = Math.floor(Math.random() * (bytes - 1024))
      const at = performance.now()
      const { status, length } = await read(port, path, { headers: { range: `bytes=${start}-${start + 1023}` }, agent })
      if (status !== 206 || length !== 1024) throw new Error(`${status} with ${length} bytes`)
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: RANGE_CONNECTIONS }, loop))
  agent.destroy()
  times.sort((a, b) => a - b)
  const share = part => times[Math.floor((times.length - 1) * part)]
  return { p50: share(0.5), p99: share(0.99) }
}

function residentMegabytes(pid) {
  return (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6
}

/** 500 clients that have asked for everything and read nothing. */
async function withOpenConnections(gateway, path) {
  const before = residentMegabytes(gateway.pid)
  const requests = await Promise.all(
    Array.from({ length: OPEN_CONNECTIONS }, async () => {
      const request = get({ host: '127.0.0.1', port: gateway.port, path, agent: false })
      request.on('error', () => {})
      const [response] = await once(request, 'response')
      response.on('error', () => {})
      return request
    }),
  )
  await new Promise(resolve => setTimeout(resolve, 2_000))
  const during = residentMegabytes(gateway.pid)
  for (const request of requests) request.destroy()
  return { before, during }
}

async function main() {
  const registry = await service('registry', '--data', 'blobs')
  const places = []
  for (let i = 0; i < 4; i++) {
    const { host, port } = await service('zdb', '--data', `zdb${i}`)
    places.push({ address: { host, port }, namespace: 'default' })
  }
  const file = join(folder, 'content.bin')
  writeFileSync(file, randomBytes(bytes))
  const blocks = zdbBlockStore()
  const stores = { metadata: registryClient({ url: registry.url }), blocks }
  const saved = await upload(file, stores, { places, requiredShards: 3, name: 'content.bin' })
  await blocks.close()
  const hex = hash => Buffer.from(hash).toString('hex')
  const path = `/${hex(saved.encryptedHash)}?key=${hex(saved.key)}`

  const bare = createServer((_, response) => {
    response.writeHead(200, { 'content-length': bytes })
    createReadStream(file).pipe(response)
  }).listen(0, '127.0.0.1')
  await once(bare, 'listening')

  const common = ['--registry', registry.url, '--allow', '127.0.0.0/8']
  const speeds = { bare: [], uncached: [], cached: [] }
  const ranges = { p50: [], p99: [] }
  let memory
  for (let round = 0; round < rounds; round++) {
    const gateway = await service('cdn', ...common, '--cache', `cache${round}`)
    process.stderr.write(`round ${round + 1} of ${rounds} …\n`)
    speeds.uncached.push(await megabytesPerSecond(gateway.port, path))
    speeds.bare.push(await megabytesPerSecond(bare.address().port, '/'))
    // The first of them is for the compilers.
    await megabytesPerSecond(gateway.port, path)
    speeds.cached.push(await megabytesPerSecond(gateway.port, path))
    const { p50, p99 } = await rangeTimes(gateway.port, path)
    ranges.p50.push(p50)
    ranges.p99.push(p99)
    if (round === rounds - 1) memory = await withOpenConnections(gateway, path)
    await stop(gateway.child)
    rmSync(join(folder, `cache${round}`), { recursive: true, force: true })
  }
  bare.close()

  const [bareSpeed, uncached, cached] = [speeds.bare, speeds.uncached, speeds.cached].map(list => summary(list).median)
  const spreads = {
    bareMBs: summary(speeds.bare),
    cachedMBs: summary(speeds.cached),
    uncachedMBs: summary(speeds.uncached),
    rangeP99Ms: summary(ranges.p99),
  }
  const result = {
    megabytes: bytes / 1e6,
    bareMBs: bareSpeed,
    cachedMBs: cached,
    uncachedMBs: uncached,
    cachedOfBare: cached / bareSpeed,
    uncachedOfBare: uncached / bareSpeed,
    rangeP50Ms: summary(ranges.p50).median,
    rangeP99Ms: summary(ranges.p99).median,
    rssIdleMB: memory.before,
    rssOpenMB: memory.during,
    openConnections: OPEN_CONNECTIONS,
  }
  for (const [name, value] of Object.entries(result)) process.stdout.write(`${name.padEnd(18)} ${value.toFixed(2)}\n`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...result, spreads }, null, 2)}\n`)
}

main()
  .catch(error => {
    process.stderr.write(`${error.stack}\n`)
    process.exitCode = 1
  })
  .finally(async () => {
    for (const child of children.reverse()) await stop(child)
    rmSync(folder, { recursive: true, force: true })
  })
