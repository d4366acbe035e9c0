import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { isHyphaeError } from '../errors/base.js'
import { readJson, writeJson } from './store/json.js'
import { folderStore } from './store.js'

const storeFile = fileURLToPath(new URL('./store.ts', import.meta.url))

let dir: string

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'hyphae-store-')), 'data')
})

afterEach(() => {
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

function filled(records: readonly unknown[], topic = 'chain'): void {
  const store = folderStore(dir)
  for (const record of records) store.append(topic, record)
  store.close()
}

function reread(topic = 'chain'): readonly unknown[] {
  const store = folderStore(dir)
  try {
    return store.read(topic)
  } finally {
    store.close()
  }
}

function errorOf(act: () => unknown): { code: string; message: string; where?: string; details?: object } {
  try {
    act()
  } catch (error) {
    if (isHyphaeError(error)) return error.toJSON() as never
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the data folder', () => {
  it('gives back what it was given, topic by topic, after it was closed', () => {
    const records = [{ block: 1n, hash: Uint8Array.of(0, 255), text: 'ü\n"' }, null, [1, [2n]], 'plain', { a: true }]
    filled(records)
    filled([{ other: 1 }], 'node/11.log')
    expect(reread()).toEqual(records)
    expect(reread('node/11.log')).toEqual([{ other: 1 }])
    expect(reread('nothing')).toEqual([])
  })

  it('replaces a topic as a whole, and appends behind the new records', () => {
    const store = folderStore(dir)
    store.append('chain', 1)
    store.append('chain', 2)
    store.rewrite('chain', ['all'])
    store.append('chain', 3)
    expect(store.read('chain')).toEqual(['all', 3])
    store.close()
    expect(reread()).toEqual(['all', 3])
    expect(readdirSync(dir).sort()).toEqual(['chain.log', 'format'])
  })

  it('is open to its owner only', () => {
    filled([1])
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(readdirSync(dir).map(name => statSync(join(dir, name)).mode & 0o777)).toEqual([0o600, 0o600])
  })

  it('drops the last record wherever it was cut, and goes on behind the one before', () => {
    filled([{ n: 1 }, { n: 2, text: 'the last one' }])
    const path = join(dir, 'chain.log')
    const whole = readFileSync(path)
    const start = whole.indexOf(10) + 1
    for (let cut = start; cut < whole.length; cut++) {
      writeFileSync(path, whole)
      truncateSync(path, cut)
      expect(reread()).toEqual([{ n: 1 }])
      expect(statSync(path).size).toBe(start)
      filled([{ n: 3 }])
      expect(reread()).toEqual([{ n: 1 }, { n: 3 }])
    }
  })

  it('names the file and the byte of a record that was damaged', () => {
    filled([{ n: 1 }, { n: 2 }, { n: 3 }])
    const path = join(dir, 'chain.log')
    const whole = readFileSync(path)
    const second = whole.indexOf(10) + 1
    for (let at = second; at < whole.indexOf(10, second); at++) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] as number) ^ 1
      writeFileSync(path, bytes)
      expect(errorOf(() => reread())).toMatchObject({
        code: 'LOCALGRID_DATA',
        where: path,
        details: { file: path, offset: second },
      })
    }
  })

  it('survives any bytes in its files', () => {
    filled([1])
    const path = join(dir, 'chain.log')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        writeFileSync(path, bytes)
        try {
          reread()
        } catch (error) {
          expect(isHyphaeError(error) && error.code).toBe('LOCALGRID_DATA')
        }
      }),
      { numRuns: 200, seed: 5 },
    )
  })

  it('belongs to one store at a time', () => {
    const store = folderStore(dir)
    expect(errorOf(() => folderStore(dir))).toMatchObject({ code: 'LOCALGRID_DATA', details: { pid: process.pid } })
    store.close()
    store.close()
    folderStore(dir).close()
    expect(errorOf(() => store.append('chain', 1))).toMatchObject({ code: 'LOCALGRID_DATA' })
  })

  it.each([
    ['of a process that is no more', '{"pid":4194304,"birth":"x/1"}'],
    ['of an earlier process with our id', JSON.stringify({ pid: process.pid, birth: 'another boot/1' })],
    ['that nobody can read', 'garbage'],
    ['that is empty', ''],
  ])('takes over the lock %s', (_, lock) => {
    filled([1])
    writeFileSync(join(dir, 'lock'), lock)
    expect(reread()).toEqual([1])
    expect(existsSync(join(dir, 'lock'))).toBe(false)
  })

  it('leaves a folder alone that is not a grid’s, or of another version', () => {
    filled([1])
    writeFileSync(join(dir, 'format'), 'hyphae local grid 99\n')
    expect(errorOf(() => folderStore(dir)).message).toMatch(/another version/)
    const foreign = join(dir, '..')
    expect(errorOf(() => folderStore(foreign)).message).toMatch(/holds other files/)
    expect(existsSync(join(foreign, 'lock'))).toBe(false)
    const file = join(foreign, 'file')
    appendFileSync(file, 'x')
    expect(errorOf(() => folderStore(file)).code).toBe('LOCALGRID_DATA')
  })

  it('keeps every record whose append had returned when the process was killed', async () => {
    const program = `
      import { createJiti } from 'jiti'
      const { folderStore } = await createJiti(process.cwd()).import(${JSON.stringify(storeFile)})
      const store = folderStore(process.argv[1])
      for (let n = 0; ; n++) {
        store.append('chain', { n, text: 'x'.repeat(n % 5000) })
        process.stdout.write(n + '\\n')
      }`
    for (const after of [1, 40, 300]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, dir])
      let seen = ''
      let problem = ''
      child.stderr.on('data', data => {
        problem += data
      })
      const last = await new Promise<number>((resolve, reject) => {
        child.stdout.on('data', data => {
          seen += data
          if (seen.split('\n').length > after) child.kill('SIGKILL')
        })
        child.on('exit', (_, signal) =>
          signal === 'SIGKILL'
            ? resolve(Number(seen.slice(0, seen.lastIndexOf('\n')).split('\n').at(-1)))
            : reject(new Error(problem)),
        )
      })
      const records = reread() as { n: number }[]
      expect(records.length).toBeGreaterThan(last)
      expect(records.map(record => record.n)).toEqual(records.map((_, n) => n))
      rmSync(dir, { recursive: true })
    }
  })
})

describe('JSON of records', () => {
  it('round-trips everything, whatever the keys are called', () => {
    const key = fc.oneof(fc.constantFrom('$u', '$b', '$$u', '$', '__proto__'), fc.string())
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.bigInt(),
        fc.uint8Array({ maxLength: 8 }),
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(entries => Object.fromEntries(entries)),
      ),
    }))
    fc.assert(
      fc.property(value, sample => {
        expect(readJson(writeJson(sample))).toEqual(sample)
      }),
      { numRuns: 500, seed: 6 },
    )
  })
})
