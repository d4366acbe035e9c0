/**
 * How a record lies in its file: one line of `length checksum json`, both numbers in eight hex digits.
 *
 * Length and CRC-32 are those of the JSON's bytes. JSON has no raw line feeds, so a line is a record. An append is one
 * write; when the process dies in it, the file ends in a line without its line feed, which never counted. Any whole
 * line that is wrong was damaged later.
 */
import { crc32 } from 'node:zlib'

import { readJson, writeJson } from './json.js'

const LINE_FEED = 10
const HEADER_BYTES = 18

export interface Scan {
  readonly records: readonly unknown[]
  /** Where the whole records end; what lies behind is a torn one. */
  readonly end: number
  /** The first line that is no record. */
  readonly damage?: { readonly offset: number; readonly what: string }
}

export function encodeRecord(record: unknown): Buffer {
  const json = Buffer.from(writeJson(record) ?? 'null', 'utf8')
  const header = `${hex(json.length)} ${hex(crc32(json))} `
  return Buffer.concat([Buffer.from(header, 'latin1'), json, Buffer.of(LINE_FEED)])
}

export function scanRecords(bytes: Buffer): Scan {
  const records: unknown[] = []
  let offset = 0
  while (offset < bytes.length) {
    const end = bytes.indexOf(LINE_FEED, offset)
    if (end === -1) break
    const line = bytes.subarray(offset, end)
    const what = fault(line)
    if (what !== undefined) return { records, end: offset, damage: { offset, what } }
    try {
      records.push(readJson(line.toString('utf8', HEADER_BYTES)))
    } catch {
      return { records, end: offset, damage: { offset, what: 'its text is not JSON' } }
    }
    offset = end + 1
  }
  return { records, end: offset }
}

function fault(line: Buffer): string | undefined {
  const header = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/.exec(line.toString('latin1', 0, HEADER_BYTES))
  if (!header) return 'it has no header'
  const json = line.subarray(HEADER_BYTES)
  if (Number.parseInt(header[1] as string, 16) !== json.length) return 'its length is wrong'
  if (Number.parseInt(header[2] as string, 16) !== crc32(json)) return 'its checksum is wrong'
  return undefined
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
