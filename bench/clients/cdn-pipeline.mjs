/**
 * A file of zeros (MIB, THREADS as arguments) through the uploader, with places that take everything at once. The system has
 * the file in memory before time counts: a virtual machine may take seconds to get a gigabyte of memory from its host.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { upload } from '../../dist/cdn/object/index.js'

const [mebibytes, threads] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'bench-cdn-'))
try {
  const path = join(folder, 'zeros')
  writeFileSync(path, '')
  truncateSync(path, mebibytes * 1024 * 1024)
  readThrough(path)
  const places = [0, 1, 2, 3].map(i => ({ address: { host: '127.0.0.1', port: 1000 + i }, namespace: 'cdn' }))
  const blocks = { get: async () => undefined, size: async () => undefined, set: async () => {}, close: async () => {} }
  const metadata = { get: async () => undefined, put: async () => {} }
  let rss = 0
  const timer = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }, 10)
  const startedAt = performance.now()
  await upload(path, { blocks, metadata }, { places, requiredShards: 3, threads })
  const ms = performance.now() - startedAt
  clearInterval(timer)
  process.stdout.write(
    `${JSON.stringify({ megabytesPerSecond: (mebibytes * 1048.576) / ms, rssMiB: Math.round(rss / 1024 / 1024) })}\n`,
  )
} finally {
  rmSync(folder, { recursive: true })
}

function readThrough(path) {
  const file = openSync(path)
  const bytes = Buffer.alloc(1024 * 1024)
  while (readSync(file, bytes) > 0);
  closeSync(file)
}
