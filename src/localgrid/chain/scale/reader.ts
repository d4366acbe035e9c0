/**
 * Bytes in, SCALE values out. Every read is checked against what is left, so that no input can make the decoder read
 * past its end, loop for long or allocate more than the input justifies.
 */
const MAX_DEPTH = 64

/** The bytes are not what the type says. Callers turn it into their own error (RPC, dispatch). */
export class ScaleError extends Error {
  override readonly name = 'ScaleError'
}

export class ScaleReader {
  readonly #view: DataView
  #offset = 0
  #depth = 0

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.bytes.length - this.#offset
  }

  #take(length: number): number {
    if (length > this.remaining) throw new ScaleError(`needs ${length} bytes, ${this.remaining} are left`)
    const at = this.#offset
    this.#offset += length
    return at
  }

  u8(): number {
    return this.bytes[this.#take(1)] as number
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  u128(): bigint {
    const low = this.u64()
    return low | (this.u64() << 64n)
  }

  /** A copy: what is stored must not keep a whole extrinsic alive, nor change with it. */
  raw(length: number): Uint8Array {
    const at = this.#take(length)
    return this.bytes.slice(at, at + length)
  }

  compact(): bigint {
    const first = this.u8()
    switch (first & 3) {
      case 0:
        return BigInt(first >> 2)
      case 1:
        return BigInt((first | (this.u8() << 8)) >>> 2)
      case 2: {
        const at = this.#take(3)
        const high = (this.bytes[at] as number) | ((this.bytes[at + 1] as number) << 8)
        return BigInt(((first | (high << 8)) >>> 2) + (this.bytes[at + 2] as number) * 2 ** 22)
      }
      default: {
        const length = (first >> 2) + 4
        if (length > 16) throw new ScaleError('a compact number is wider than 128 bits')
        const at = this.#take(length)
        let value = 0n
        for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i] as number)
        return value
      }
    }
  }

  /** The length of a list, refused when the rest of the input cannot hold that many items. */
  length(minimumItemBytes: number): number {
    const length = this.compact()
    if (length > BigInt(this.remaining) / BigInt(Math.max(1, minimumItemBytes))) {
      throw new ScaleError(`a list of ${length} items does not fit into ${this.remaining} bytes`)
    }
    return Number(length)
  }

  /** Bounds recursion: calls may hold calls. */
  nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new ScaleError(`nested deeper than ${MAX_DEPTH} levels`)
    try {
      return read()
    } finally {
      this.#depth--
    }
  }

  end(): void {
    if (this.remaining > 0) throw new ScaleError(`${this.remaining} bytes follow the value`)
  }
}
