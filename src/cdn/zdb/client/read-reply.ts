/** Answers, as what they must be. */
import { ZdbError } from '../../../errors/zdb.js'
import type { Reply } from '../wire/reply.js'
import type { ScanEntry, ScanPage } from './zdb-client.js'

export function readOk(reply: Reply): void {
  if (reply.kind !== 'simple' || reply.text !== 'OK') throw odd('OK', reply)
}

export function readCount(reply: Reply): number {
  if (reply.kind !== 'integer' || reply.value < 0) throw odd('a count', reply)
  return reply.value
}

export function readBytes(reply: Reply): Uint8Array {
  if (reply.kind !== 'bulk') throw odd('bytes', reply)
  return reply.bytes
}

export function readOptionalBytes(reply: Reply): Uint8Array | undefined {
  return reply.kind === 'nil' ? undefined : readBytes(reply)
}

/** Names may be any bytes; those that are no UTF-8 are shown as well as can be. */
export function readText(reply: Reply): string {
  if (reply.kind === 'simple') return reply.text
  return new TextDecoder().decode(readBytes(reply))
}

export function readEntries(reply: Reply): ScanPage {
  const [cursor, entries] = reply.kind === 'array' ? reply.items : []
  if (cursor === undefined || entries?.kind !== 'array') throw odd('a page of keys', reply)
  return { cursor: readBytes(cursor), entries: entries.items.map(readEntry) }
}

function readEntry(reply: Reply): ScanEntry {
  const [key, size, timestamp] = reply.kind === 'array' ? reply.items : []
  if (key === undefined || size === undefined || timestamp === undefined) throw odd('a key of a scan', reply)
  return { key: readBytes(key), sizeBytes: readCount(size), timestamp: readCount(timestamp) }
}

function odd(what: string, reply: Reply): ZdbError {
  return new ZdbError('ZDB_PROTOCOL', `the 0-DB answered with ${reply.kind}, not with ${what}`)
}
