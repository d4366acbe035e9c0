/**
 * One entry of a data file, and the head of a file. Everything is little-endian.
 *
 *     file    'HYPHZDB1'  u32 epoch  u32 file  u32 salt  u32 CRC of what is before
 *     record  u32 CRC of head and key  u8 kind  u8 key length  u16 0  u32 value length  u32 timestamp
 *             u32 CRC of the value  u32 file and u32 offset of the version before (0, 0: none)  key  value
 *
 * Head and value have checksums of their own, so that the keys of a file can be read without its values. The salt goes
 * into the checksum of every head: a value that contains the image of a record is not taken for one.
 */
import { crc32 } from 'node:zlib'

import { MOST_VALUE_BYTES } from '../limits.js'

export const FILE_HEAD_BYTES = 24
export const RECORD_HEAD_BYTES = 28

const MAGIC = Buffer.from('HYPHZDB1')
const SET = 1
const DELETE = 2

/** Where a record begins. Offset 0 is in no file's records. */
export interface Position {
  readonly file: number
  readonly offset: number
}

export interface RecordHead {
  readonly kind: 'set' | 'delete'
  /** The key's bytes, one to a character. */
  readonly key: string
  readonly valueBytes: number
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly valueCrc: number
  readonly previous: Position | undefined
}

export function encodeFileHead(epoch: number, file: number, salt: number): Buffer {
  const head = Buffer.alloc(FILE_HEAD_BYTES)
  MAGIC.copy(head)
  head.writeUInt32LE(epoch, 8)
  head.writeUInt32LE(file, 12)
  head.writeUInt32LE(salt, 16)
  head.writeUInt32LE(crc32(head.subarray(0, 20)), 20)
  return head
}

/** The salt, or undefined when these are not the first bytes of that file. */
export function decodeFileHead(head: Buffer, epoch: number, file: number): number | undefined {
  if (head.length < FILE_HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (head.readUInt32LE(20) !== crc32(head.subarray(0, 20))) return undefined
  return head.readUInt32LE(8) === epoch && head.readUInt32LE(12) === file ? head.readUInt32LE(16) : undefined
}

/** The record without its value, which is written after it. */
export function encodeRecordHead(record: RecordHead, salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_HEAD_BYTES + record.key.length)
  bytes[4] = record.kind === 'set' ? SET : DELETE
  bytes[5] = record.key.length
  bytes.writeUInt16LE(0, 6)
  bytes.writeUInt32LE(record.valueBytes, 8)
  bytes.writeUInt32LE(record.timestamp, 12)
  bytes.writeUInt32LE(record.valueCrc, 16)
  bytes.writeUInt32LE(record.previous?.file ?? 0, 20)
  bytes.writeUInt32LE(record.previous?.offset ?? 0, 24)
  bytes.write(record.key, RECORD_HEAD_BYTES, 'latin1')
  bytes.writeUInt32LE(crc32(bytes.subarray(4), salt), 0)
  return bytes
}

/** The record that begins at `at`, or undefined when there is none. @param bytes at least its head and its key */
export function decodeRecordHead(bytes: Buffer, at: number, salt: number): RecordHead | undefined {
  if (at + RECORD_HEAD_BYTES > bytes.length) return undefined
  // The cheap questions first: a search through a damaged file asks them at every byte.
  const kind = bytes[at + 4] as number
  const keyBytes = bytes[at + 5] as number
  if ((kind !== SET && kind !== DELETE) || keyBytes === 0 || bytes.readUInt16LE(at + 6) !== 0) return undefined
  const valueBytes = bytes.readUInt32LE(at + 8)
  const end = at + RECORD_HEAD_BYTES + keyBytes
  if (valueBytes > MOST_VALUE_BYTES || end > bytes.length) return undefined
  if (bytes.readUInt32LE(at) !== crc32(bytes.subarray(at + 4, end), salt)) return undefined
  const file = bytes.readUInt32LE(at + 20)
  const offset = bytes.readUInt32LE(at + 24)
  return {
    kind: kind === SET ? 'set' : 'delete',
    key: bytes.toString('latin1', at + RECORD_HEAD_BYTES, end),
    valueBytes,
    timestamp: bytes.readUInt32LE(at + 12),
    valueCrc: bytes.readUInt32LE(at + 16),
    previous: offset === 0 ? undefined : { file, offset },
  }
}

export function recordBytes(head: RecordHead): number {
  return RECORD_HEAD_BYTES + head.key.length + head.valueBytes
}
