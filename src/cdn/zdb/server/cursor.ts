/** Places in a namespace as clients hold them: 17 bytes for SCAN, 8 for HISTORY. */
import { CURSOR_BYTES, POINTER_BYTES } from '../limits.js'
import type { Version } from '../storage/key-index.js'
import type { Position } from '../storage/record.js'

export interface Cursor extends Position {
  readonly keyBytes: number
  readonly valueBytes: number
  readonly valueCrc: number
}

/** The fields of 0-DB's cursor; the file and the offset are ours. Source: threefoldtech/0-db, libzdb/api.c. */
export function encodeCursor({ key, file, valueBytes, offset, valueCrc }: Version): Buffer {
  const bytes = Buffer.allocUnsafe(CURSOR_BYTES)
  bytes[0] = key.length
  bytes.writeUInt32LE(file, 1)
  bytes.writeUInt32LE(valueBytes, 5)
  bytes.writeUInt32LE(offset, 9)
  bytes.writeUInt32LE(valueCrc, 13)
  return bytes
}

export function decodeCursor(bytes: Buffer): Cursor | undefined {
  if (bytes.length !== CURSOR_BYTES) return undefined
  return {
    keyBytes: bytes[0] as number,
    file: bytes.readUInt32LE(1),
    valueBytes: bytes.readUInt32LE(5),
    offset: bytes.readUInt32LE(9),
    valueCrc: bytes.readUInt32LE(13),
  }
}

export function encodePointer({ file, offset }: Position): Buffer {
  const bytes = Buffer.allocUnsafe(POINTER_BYTES)
  bytes.writeUInt32LE(file, 0)
  bytes.writeUInt32LE(offset, 4)
  return bytes
}

export function decodePointer(bytes: Buffer): Position | undefined {
  if (bytes.length !== POINTER_BYTES) return undefined
  return { file: bytes.readUInt32LE(0), offset: bytes.readUInt32LE(4) }
}
