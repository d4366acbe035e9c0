/** SCALE values in, bytes out. */
export class ScaleWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  #grow(by: number): number {
    const at = this.#length
    const needed = at + by
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.#length = needed
    return at
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  u64(value: bigint): void {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value, true)
  }

  u128(value: bigint): void {
    this.u64(value & 0xffff_ffff_ffff_ffffn)
    this.u64(value >> 64n)
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  compact(value: bigint | number): void {
    const number = BigInt(value)
    if (number < 1n << 6n) this.u8(Number(number) << 2)
    else if (number < 1n << 14n) this.u16((Number(number) << 2) | 1)
    else if (number < 1n << 30n) this.u32(Number(number) * 4 + 2)
    else {
      const bytes: number[] = []
      for (let rest = number; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn))
      while (bytes.length < 4) bytes.push(0)
      this.u8(((bytes.length - 4) << 2) | 3)
      this.raw(Uint8Array.from(bytes))
    }
  }

  /** The bytes so far, as a copy of exactly their length. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }
}
