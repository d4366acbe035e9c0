/** Upload and download of a file (MIB as argument) over loopback: four 0-DBs with files on disk, in this process. */
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openObject, PlaceLatency, upload, zdbBlockStore } from '../../dist/cdn/object/index.js'
import { startZdb } from '../../dist/cdn/zdb/index.js'

const mebibytes = Number(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'bench-cdn-'))
const zdbs = []
const blocks = zdbBlockStore()
const blobs = new Map()
const hex = bytes => Buffer.from(bytes).toString('hex')
const metadata = {
  get: async hash => blobs.get(hex(hash)),
  put: async (hash, blob) => void blobs.set(hex(hash), blob),
}
const speed = ms => (mebibytes * 1048.576) / ms

async function read(saved, latency) {
  const object = await openObject(saved, { blocks, metadata }, { latency })
  const startedAt = performance.now()
  let bytes = 0
  for await (const piece of object.read()) bytes += piece.length
  if (bytes !== mebibytes * 1024 * 1024) throw new Error(`${bytes} bytes came back`)
  return speed(performance.now() - startedAt)
}

try {
  const path = join(folder, 'content')
  writeFileSync(path, randomFillSync(Buffer.alloc(mebibytes * 1024 * 1024)))
  for (let i = 0; i < 4; i++) zdbs.push(await startZdb({ listen: '127.0.0.1:0', dataDir: join(folder, `zdb${i}`) }))
  const places = zdbs.map(({ host, port }) => ({ address: { host, port }, namespace: 'default' }))
  const startedAt = performance.now()
  const saved = await upload(path, { blocks, metadata }, { places, requiredShards: 3 })
  const up = speed(performance.now() - startedAt)
  await read(saved, new PlaceLatency())
  const healthy = await read(saved, new PlaceLatency())
  await zdbs[0].close()
  const oneDead = await read(saved, new PlaceLatency())
  process.stdout.write(`${JSON.stringify({ upload: up, download: healthy, oneDead })}\n`)
} finally {
  await blocks.close()
  await Promise.all(zdbs.map(zdb => zdb.close()))
  rmSync(folder, { recursive: true })
}
