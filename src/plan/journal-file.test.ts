import { appendFile, chmod, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { isHyphaeError } from '../errors/base.js'
import { type JournalIntent, type JournalRecord, memoryJournal, openIntents } from './journal.js'
import { fileJournal } from './journal-file.js'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyphae-journal-'))
  path = join(folder, 'deep', 'state', 'journal.ndjson')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function intent(id: string, contracts = 1): JournalIntent {
  const creates = Array.from({ length: contracts }, (_, i) => {
    return { nodeId: 11, hash: `${i}`.padStart(32, '0'), contractType: 'vm', name: `müsli${i}` }
  })
  return { kind: 'intent', id, extrinsicHash: id, nonce: 1, validUntilBlock: 64, creates }
}

const created = (id: string, ...ids: number[]): JournalRecord => {
  return { kind: 'created', id, contracts: ids.map(contractId => ({ contractId: String(contractId), nodeId: 11 })) }
}

describe('a journal in a file', () => {
  it('gives back what was appended, in order, to this program and to the next', async () => {
    const records = [intent('a'), created('a', 5), intent('b'), { kind: 'settled', id: 'b' } as const]
    const journal = fileJournal(path)
    for (const record of records) await journal.append(record)
    expect(await journal.read()).toEqual(records)
    expect(await fileJournal(path).read()).toEqual(records)
  })

  it('is empty where there is none', async () => {
    expect(await fileJournal(path).read()).toEqual([])
  })

  it('is for its owner only: file 0600, folders 0700', async () => {
    await fileJournal(path).append(intent('a'))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'deep', 'state'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700)
  })

  it('torn at any byte of its last record keeps all before it, and takes what comes after', async () => {
    const journal = fileJournal(path)
    await journal.append(intent('a'))
    const whole = (await stat(path)).size
    await journal.append(intent('torn'))
    const bytes = await readFile(path)
    for (let length = whole; length <= bytes.length; length++) {
      await writeFile(path, bytes)
      await truncate(path, length)
      const survives = length >= bytes.length - 1
      const kept = survives ? [intent('a'), intent('torn')] : [intent('a')]
      const next = fileJournal(path)
      expect(await next.read()).toEqual(kept)
      await next.append(created('a', 5))
      expect(await next.read()).toEqual([...kept, created('a', 5)])
    }
  })

  it('drops lines that are no records', async () => {
    const journal = fileJournal(path)
    await journal.append(intent('a'))
    const junk = [
      '[]',
      'null',
      '{"kind":"intent","id":"x"}',
      '{"kind":"created","id":"x","contracts":[{"contractId":"five"}]}',
      '{"kind":"created","id":"x"}',
      '{"kind":"other","id":"x"}',
      '{"kind":"settled"}',
      '\0\0\0',
    ]
    await appendFile(path, `${junk.join('\n')}\n`)
    await journal.append(created('a', 5))
    expect(await journal.read()).toEqual([intent('a'), created('a', 5)])
  })

  it('keeps every record of concurrent appends, of one program and of several', async () => {
    const journals = [fileJournal(path), fileJournal(path), fileJournal(path)]
    const ids = Array.from({ length: 60 }, (_, i) => `i${i}`)
    await Promise.all(ids.map((id, i) => journals[i % 3]!.append(intent(id))))
    const read = await fileJournal(path).read()
    expect(new Set(read.map(({ id }) => id))).toEqual(new Set(ids))
  })

  it('that has grown forgets what is settled, never what is open', async () => {
    const journal = fileJournal(path)
    await journal.append(intent('first open'))
    for (let i = 0; i < 12; i++) {
      await journal.append(intent(`big${i}`, 400))
      await journal.append(created(`big${i}`, ...Array.from({ length: 400 }, (_, n) => i * 1_000 + n)))
    }
    await journal.append(intent('last open'))
    const records = await journal.read()
    expect((await stat(path)).size).toBeLessThan(512 * 1024)
    expect(openIntents(records).map(({ id }) => id)).toEqual(['first open', 'last open'])
    // The newest contracts are the ones an explorer may not know.
    expect(records.some(record => record.kind === 'created' && record.id === 'big11')).toBe(true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('loses no open intent when several programs write while it is made smaller', async () => {
    const journals = Array.from({ length: 4 }, () => fileJournal(path))
    await Promise.all(
      journals.map(async (journal, n) => {
        for (let i = 0; i < 10; i++) {
          await journal.append(intent(`${n}-${i}`, 300))
          if (i % 2 === 0) await journal.append({ kind: 'settled', id: `${n}-${i}` })
        }
      }),
    )
    const open = openIntents(await fileJournal(path).read()).map(({ id }) => id)
    const expected = [0, 1, 2, 3].flatMap(n => [1, 3, 5, 7, 9].map(i => `${n}-${i}`))
    expect(open.sort()).toEqual(expected.sort())
  })

  it('goes on after a program that died while it made the file smaller', async () => {
    const journal = fileJournal(path)
    await journal.append(intent('open'))
    await writeFile(`${path}.new`, 'half a li')
    for (let i = 0; i < 10; i++) await journal.append(intent(`big${i}`, 400))
    expect(openIntents(await journal.read())).toHaveLength(11)
  })

  it.each([
    ['read', (file: string) => fileJournal(file).read()],
    ['written', (file: string) => fileJournal(file).append(intent('a'))],
  ])('says where and what to do when it cannot be %s', async (_, work) => {
    await writeFile(join(folder, 'deep'), 'a file where a folder should be')
    const error = await work(path).catch(cause => cause)
    expect(isHyphaeError(error) && error.code).toBe('INPUT_FILE')
    expect(error).toMatchObject({ where: path, hint: expect.stringContaining('HYPHAE_STATE_DIR') })
  })

  it('whose folder may not be entered is an error, not an empty journal', async () => {
    await fileJournal(path).append(intent('a'))
    await chmod(join(folder, 'deep'), 0o000)
    try {
      // Root may enter everything; then there is nothing to see.
      if (process.getuid?.() === 0) return
      await expect(fileJournal(path).read()).rejects.toMatchObject({ code: 'INPUT_FILE' })
      await expect(fileJournal(path).append(intent('b'))).rejects.toMatchObject({ code: 'INPUT_FILE' })
    } finally {
      await chmod(join(folder, 'deep'), 0o700)
    }
  })
})

describe('a journal in memory', () => {
  it('is bounded, and never forgets what is open', async () => {
    const journal = memoryJournal()
    await journal.append(intent('open'))
    for (let i = 0; i < 3_000; i++) {
      await journal.append(intent(`i${i}`))
      await journal.append(i % 2 === 0 ? created(`i${i}`, i) : { kind: 'settled', id: `i${i}` })
    }
    const records = await journal.read()
    expect(records.length).toBeLessThan(4_000)
    expect(openIntents(records).map(({ id }) => id)).toEqual(['open'])
    expect(records.some(record => record.id === 'i2998')).toBe(true)
  })
})
