/**
 * Reads a data file from its beginning and tells every record. What is damaged is stepped over: the next byte at which
 * a record's checksum holds is where it goes on. What ends in the middle of the last record was being written when the
 * process or the machine stopped.
 */
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

import { decodeRecordHead, FILE_HEAD_BYTES, RECORD_HEAD_BYTES, type RecordHead } from './record.js'

export interface ScanOptions {
  readonly size: number
  readonly salt: number
  /** Reads values too. A last record whose value is not what it was is then no record. */
  readonly verify: boolean
}

export interface Scanned {
  /** Behind the last record that is whole. */
  readonly end: number
  /** Stretches of the file that hold no record, the torn end not counted. */
  readonly damages: readonly { readonly from: number; readonly to: number }[]
  /** Records whose value is not what it was. */
  readonly badValues: number
}

const WINDOW_BYTES = 1024 * 1024
const MOST_HEAD_BYTES = RECORD_HEAD_BYTES + 255

export async function scanFile(
  file: FileHandle,
  { size, salt, verify }: ScanOptions,
  onRecord: (head: RecordHead, offset: number) => void,
): Promise<Scanned> {
  const window = new Window(file, size)
  const damages: { from: number; to: number }[] = []
  let badValues = 0
  let offset = FILE_HEAD_BYTES
  while (offset < size) {
    if (!window.covers(offset, MOST_HEAD_BYTES)) await window.load(offset)
    const head = decodeRecordHead(window.bytes, offset - window.from, salt)
    const valueAt = offset + RECORD_HEAD_BYTES + (head?.key.length ?? 0)
    const next = valueAt + (head?.valueBytes ?? 0)

    if (head === undefined || next > size) {
      const found = await findRecord(window, offset + 1, size, salt)
      if (found === undefined) break
      damages.push({ from: offset, to: found })
      offset = found
      continue
    }
    if (verify && head.valueBytes > 0 && (await window.crc(valueAt, next)) !== head.valueCrc) {
      if (next === size) break
      badValues++
    }
    onRecord(head, offset)
    offset = next
  }
  return { end: offset, damages, badValues }
}

async function findRecord(window: Window, from: number, size: number, salt: number): Promise<number | undefined> {
  for (let offset = from; offset + RECORD_HEAD_BYTES < size; offset++) {
    if (!window.covers(offset, MOST_HEAD_BYTES)) await window.load(offset)
    const head = decodeRecordHead(window.bytes, offset - window.from, salt)
    if (head !== undefined && offset + RECORD_HEAD_BYTES + head.key.length + head.valueBytes <= size) return offset
  }
  return undefined
}

/** The part of the file that is in memory. */
class Window {
  readonly #buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES)
  bytes = this.#buffer.subarray(0, 0)
  from = 0

  constructor(
    readonly file: FileHandle,
    readonly size: number,
  ) {}

  covers(offset: number, length: number): boolean {
    return offset >= this.from && Math.min(offset + length, this.size) <= this.from + this.bytes.length
  }

  async load(offset: number): Promise<void> {
    const wanted = Math.min(WINDOW_BYTES, this.size - offset)
    let filled = 0
    while (filled < wanted) {
      const { bytesRead } = await this.file.read(this.#buffer, filled, wanted - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    this.from = offset
    // What could not be read although the file is that long reads as zeros: damage.
    this.#buffer.fill(0, filled, wanted)
    this.bytes = this.#buffer.subarray(0, wanted)
  }

  async crc(from: number, to: number): Promise<number> {
    let crc = 0
    let at = from
    while (at < to) {
      if (!this.covers(at, 1)) await this.load(at)
      const part = this.bytes.subarray(at - this.from, to - this.from)
      crc = crc32(part, crc)
      at += part.length
    }
    return crc
  }
}
