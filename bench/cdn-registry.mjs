/**
 * The registry under load: requests a second and p50/p99 of POST and GET at 64 connections, on PostgreSQL and on files,
 * beside the same statements through bare `pg` in as many loops. Rounds of all of them take turns, medians count.
 *
 *     node bench/cdn-registry.mjs [--seconds 1.2] [--rounds 3] [--bytes 2048] [--json FILE]
 *
 * Needs dist/ (npm run build). Without Debian's postgresql, which root installs here, files alone are measured.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { createJiti } from 'jiti'
import pg from 'pg'

import { summary } from './statistics.mjs'

const CONNECTIONS = 64
/** As many as the registry takes. */
const POOL = 16
const HYPHAE = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url))

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1.2' },
    rounds: { type: 'string', default: '3' },
    bytes: { type: 'string', default: '2048' },
    json: { type: 'string' },
  },
})
const durationMs = Number(values.seconds) * 1_000
const blobBytes = Number(values.bytes)

/** `work(i)` in 64 loops until the time is over. */
async function load(work) {
  const times = []
  const startedAt = performance.now()
  const endsAt = startedAt + durationMs
  const loop = async i => {
    while (performance.now() < endsAt) {
      const at = performance.now()
      await work(i)
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => loop(i)))
  const elapsed = (performance.now() - startedAt) / 1_000
  times.sort((a, b) => a - b)
  const at = share => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  return { perSecond: times.length / elapsed, p50: at(0.5), p99: at(0.99) }
}

/** A connection that knows one thing about answers: where they end. Anything more would measure the client. */
async function openClient({ host, port }) {
  const socket = connect({ host, port, noDelay: true })
  await once(socket, 'connect')
  let held = Buffer.alloc(0)
  let waiting
  socket.on('data', chunk => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const end = held.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = held.toString('latin1', 0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (held.length < end + 4 + length) return
    const body = held.subarray(end + 4, end + 4 + length)
    held = held.subarray(end + 4 + length)
    const { resolve, reject } = waiting
    if (head.startsWith('HTTP/1.1 200')) resolve(body)
    else reject(new Error(head + body))
  })
  socket.on('error', error => waiting?.reject(error))
  return {
    ask: bytes =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(bytes)
      }),
    close: () => socket.destroy(),
  }
}

function postRequest(data) {
  const body = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="data"; filename="m"\r\n\r\n'),
    data,
    Buffer.from('\r\n--b--\r\n'),
  ])
  const head = `POST /api/v1/metadata HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

async function startRegistry(...args) {
  const child = spawn(
    process.execPath,
    [HYPHAE, 'registry', '--listen', '127.0.0.1:0', '--write-rate', '0', '--json', ...args],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [line] = await once(createInterface(child.stdout), 'line')
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    await ended
  }
  return { ...JSON.parse(line), stop }
}

async function httpSubject(name, registry) {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => openClient(registry)))
  const saved = []
  for (let i = 0; i < 1_000; i++) saved.push(JSON.parse(await clients[0].ask(postRequest(randomBytes(blobBytes)))).hash)
  const gets = saved.map(hash => Buffer.from(`GET /api/v1/metadata/${hash} HTTP/1.1\r\nHost: x\r\n\r\n`))
  let next = 0
  return {
    name,
    post: i => clients[i].ask(postRequest(randomBytes(blobBytes))),
    get: i => clients[i].ask(gets[next++ % gets.length]),
    end: async () => {
      for (const client of clients) client.close()
      await registry.stop()
    },
  }
}

/** The registry's statements without the registry; SHA-256 stands for the hash, which is not what is measured. */
async function bareSubject(url) {
  const pool = new pg.Pool({ connectionString: url, max: POOL })
  const post = () => {
    const data = randomBytes(blobBytes)
    const hash = createHash('sha256').update(data).digest()
    const text = 'INSERT INTO blobs (hash, data, size) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING'
    return pool.query({ name: 'save', text, values: [hash, data, data.length] }).then(() => hash)
  }
  const saved = []
  for (let i = 0; i < 1_000; i++) saved.push(await post())
  let next = 0
  const text = 'SELECT hash, data FROM blobs WHERE hash = $1'
  const get = () => pool.query({ name: 'load', text, values: [saved[next++ % saved.length]] })
  return { name: 'bare pg', post, get, end: () => pool.end() }
}

const support = await createJiti(import.meta.url).import('../test/support/postgres.ts')
// Says so itself when there is none.
const postgres = support.hasPostgres() ? await support.startPostgres() : undefined
const folder = mkdtempSync(join(tmpdir(), 'hyphae-bench-registry-'))
const results = new Map()
try {
  const subjects = [await httpSubject('registry, files', await startRegistry('--data', folder))]
  if (postgres !== undefined) {
    subjects.unshift(await httpSubject('registry, PostgreSQL', await startRegistry('--db-url', postgres.url)))
    subjects.push(await bareSubject(postgres.url))
  }
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const subject of subjects) {
      for (const verb of ['post', 'get']) {
        const measured = await load(subject[verb])
        // The first round compiles code and fills caches.
        if (round === 0) continue
        const key = `${verb.toUpperCase()} ${subject.name}`
        results.set(key, [...(results.get(key) ?? []), measured])
        process.stderr.write(`${key}: ${Math.round(measured.perSecond)}/s\n`)
      }
    }
  }
  for (const subject of subjects) await subject.end()
} finally {
  await postgres?.close()
  rmSync(folder, { recursive: true, force: true })
}

const medians = [...results].map(([what, rounds]) => {
  const spread = field => summary(rounds.map(round => round[field]))
  const [perSecond, p50, p99] = ['perSecond', 'p50', 'p99'].map(spread)
  return {
    what,
    perSecond: perSecond.median,
    p50: p50.median,
    p99: p99.median,
    spreads: { perSecond, p50, p99 },
  }
})
const rows = medians.map(row => {
  const bare = medians.find(({ what }) => what === `${row.what.split(' ')[0]} bare pg`)
  return bare === undefined ? row : { ...row, ofBare: row.perSecond / bare.perSecond }
})
process.stdout.write(`${CONNECTIONS} connections, blobs of ${blobBytes} bytes, pool of ${POOL}\n\n`)
process.stdout.write('| what | per second | p50 ms | p99 ms | of bare pg |\n| --- | --: | --: | --: | --: |\n')
for (const { what, perSecond, p50, p99, ofBare } of rows) {
  process.stdout.write(
    `| ${what} | ${Math.round(perSecond)} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${ofBare?.toFixed(2) ?? ''} |\n`,
  )
}
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ connections: CONNECTIONS, blobBytes, postgres: postgres !== undefined, rows }, null, 2)}\n`,
  )
