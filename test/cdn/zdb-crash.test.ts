/** A 0-DB that is killed while it writes: what was acknowledged is there afterwards, whatever the moment. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from '@jest/globals'

import { startZdb, ZdbClient } from '../../src/cdn/zdb/index.js'
import { ROOT } from '../architecture/source-tree.js'

const ROUNDS = 5
const WRITERS = 4

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function startChild(dataDir: string, sync: string): Promise<{ child: ChildProcess; port: number }> {
  const program = join(ROOT, 'test', 'support', 'zdb-child.ts')
  const child = spawn(process.execPath, ['--import', 'jiti/register', program, dataDir, sync], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  cleanups.push(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout as NodeJS.EventEmitter, 'data')) as [Buffer]
  return { child, port: Number(line.toString()) }
}

/** The value of the n-th write of a writer: its length goes from nothing to more than what is written at once. */
function valueOfWrite(writer: number, n: number): Buffer {
  return Buffer.alloc((n * 7919) % 150_000, `${writer}/${n};`)
}

describe('a 0-DB that is killed while it writes', () => {
  it.each(['1000', 'always'])(
    'has all that it acknowledged (sync %s)',
    async sync => {
      const dataDir = await mkdtemp(join(tmpdir(), 'zdb-crash-'))
      cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
      /** Key to the last write that was acknowledged, and to all since then that may have been done. */
      const sure = new Map<string, number>()
      const maybe = new Map<string, number[]>()
      let n = 0

      for (let round = 0; round < ROUNDS; round++) {
        const { child, port } = await startChild(dataDir, sync)
        const ended = once(child, 'exit')
        const acknowledged = sure.size
        // Killed at a moment that work decides, not a clock: after so many more writes, in the middle of others.
        const goal = n + 20 + Math.floor(Math.random() * 200)
        const write = async (writer: number) => {
          const client = new ZdbClient({ host: '127.0.0.1', port })
          try {
            for (;;) {
              const mine = n++
              const key = `${writer}-${mine % 20}`
              maybe.set(key, [...(maybe.get(key) ?? []), mine])
              const acknowledgement = client.set(key, valueOfWrite(writer, mine), { timeoutMs: 5000 })
              if (n >= goal) child.kill('SIGKILL')
              await acknowledgement
              sure.set(key, mine)
              maybe.delete(key)
            }
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/^ZDB_(CONNECTION|UNREACHABLE)$/)
          } finally {
            await client.close()
          }
        }
        const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer))
        await Promise.all([...writers, ended])
        expect(sure.size).toBeGreaterThanOrEqual(acknowledged)
      }

      const zdb = await startZdb({ listen: '127.0.0.1:0', dataDir })
      cleanups.push(() => zdb.close())
      expect(zdb.recovery.faults).toBe(0)
      const client = new ZdbClient({ host: zdb.host, port: zdb.port })
      cleanups.push(() => client.close())
      expect(sure.size).toBeGreaterThan(20)
      for (const [key, done] of sure) {
        const value = await client.get(key)
        const writer = Number(key.split('-')[0])
        const allowed = [done, ...(maybe.get(key) ?? [])]
        const good = value !== undefined && allowed.some(one => valueOfWrite(writer, one).equals(value))
        // What is there begins with the name of its write.
        const found = good || Buffer.from(value?.subarray(0, 20) ?? []).toString()
        expect({ key, allowed, good, found }).toMatchObject({ good: true })
      }
    },
    60_000,
  )
})
