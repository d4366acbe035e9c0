/** Writes bincode: big-endian, fixed-width integers, u64 lengths. Runs in a browser. */
import { utf8 } from '../../core/bytes.js'

const FIRST_BYTES = 256

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value)
  }

  u64(value: number): void {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, BigInt(value))
  }

  text(text: string): void {
    const bytes = utf8(text)
    this.u64(bytes.length)
    this.bytes(bytes)
  }

  optional<T>(value: T | undefined, write: (value: T) => void): void {
    this.u8(value === undefined ? 0 : 1)
    if (value !== undefined) write(value)
  }

  /** Room for `length` more bytes; answers where they begin. */
  #grow(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
