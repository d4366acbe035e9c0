/** Commands on one key. Source of their rules: threefoldtech/0-db v2.0.7, zdbd/commands_set.c, commands_get.c. */
import { MOST_KEY_BYTES } from '../../limits.js'
import type { Version } from '../../storage/key-index.js'
import { array, bulk, integer, NIL, OK, type Reply } from '../../wire/reply.js'
import type { Command } from '../command.js'
import { encodeCursor, encodePointer } from '../cursor.js'
import { readTimestamp } from '../read-argument.js'
import { refuse } from '../refuse.js'
import type { Session } from '../session.js'

/** Of the values of one MGET; clients of ours take 64 MiB in one answer. */
const MOST_ANSWER_BYTES = 63 * 1024 * 1024

const SET: Command = {
  name: 'SET',
  fewest: 2,
  most: 3,
  run: (session, [key, value, timestamp]) => {
    if (timestamp !== undefined) session.requireAdmin()
    const written = session.namespace.set(key as Buffer, value as Buffer, session.writable, readTimestamp(timestamp))
    const answer = (bytes: Uint8Array | undefined) => (bytes === undefined ? NIL : bulk(bytes))
    return written instanceof Promise ? written.then(answer) : answer(written)
  },
}

const GET: Command = {
  name: 'GET',
  fewest: 1,
  most: 1,
  run: (session, [key]) => readValue(session, found(session, key)),
}

const MGET: Command = {
  name: 'MGET',
  fewest: 0,
  run: async (session, keys) => {
    if (keys.length === 0) throw refuse('Invalid arguments')
    const values: Reply[] = []
    let bytes = 0
    for (const key of keys) {
      const version = found(session, key)
      bytes += version?.valueBytes ?? 0
      // 1023 values of 8 MiB would be 8 GiB in one answer; the original tries.
      if (bytes > MOST_ANSWER_BYTES) throw refuse('Payload too big')
      values.push(await readValue(session, version))
    }
    return array(values)
  },
}

const DEL: Command = {
  name: 'DEL',
  fewest: 1,
  most: 2,
  run: async (session, [key, timestamp]) => {
    if (timestamp !== undefined) session.requireAdmin()
    await session.namespace.delete(checked(key), session.writable, readTimestamp(timestamp))
    return OK
  },
}

const EXISTS: Command = {
  name: 'EXISTS',
  fewest: 1,
  most: 1,
  run: (session, [key]) => integer(found(session, key) === undefined ? 0 : 1),
}

const CHECK: Command = {
  name: 'CHECK',
  fewest: 1,
  most: 1,
  run: async (session, [key]) => {
    const version = found(session, key)
    return version === undefined ? NIL : integer((await session.namespace.check(version)) ? 1 : 0)
  },
}

const LENGTH: Command = {
  name: 'LENGTH',
  fewest: 1,
  most: 1,
  run: (session, [key]) => {
    const version = found(session, key)
    return version === undefined ? NIL : integer(version.valueBytes)
  },
}

const KEYTIME: Command = {
  name: 'KEYTIME',
  fewest: 1,
  most: 1,
  run: (session, [key]) => {
    const version = found(session, key)
    return version === undefined ? NIL : integer(version.timestamp)
  },
}

const KEYCUR: Command = {
  name: 'KEYCUR',
  fewest: 1,
  most: 1,
  run: (session, [key]) => {
    const version = found(session, key)
    if (version === undefined) throw refuse('Key not found')
    return bulk(encodeCursor(version))
  },
}

const HISTORY: Command = {
  name: 'HISTORY',
  fewest: 0,
  run: async (session, args) => {
    if (args.length < 1 || args.length > 2) throw refuse('Invalid arguments')
    const { previous, timestamp, value } = await session.readable().history(checked(args[0]), args[1])
    return array([previous === undefined ? NIL : bulk(encodePointer(previous)), bulk(String(timestamp)), bulk(value)])
  },
}

export const keyCommands = [
  SET,
  { ...SET, name: 'SETX' },
  GET,
  MGET,
  DEL,
  EXISTS,
  CHECK,
  LENGTH,
  KEYTIME,
  KEYCUR,
  HISTORY,
]

function found(session: Session, key: Buffer | undefined): Version | undefined {
  return session.readable().find(checked(key))
}

function readValue(session: Session, version: Version | undefined): Reply | Promise<Reply> {
  if (version === undefined) return NIL
  const value = session.namespace.get(version)
  return value instanceof Promise ? value.then(bulk) : bulk(value)
}

function checked(key: Buffer | undefined): Buffer {
  if (key === undefined || key.length === 0) throw refuse('Invalid argument')
  if (key.length > MOST_KEY_BYTES) throw refuse('Invalid key')
  return key
}
