/**
 * Reads bincode: big-endian, fixed-width integers, u64 lengths. Runs in a browser.
 *
 * The bytes come from strangers. Nothing is allocated for a count before the bytes that remain could hold as many
 * elements, and every error says at which byte and in which field reading stopped.
 */
import { CdnError } from '../../errors/cdn.js'

// The byte order mark is part of a name like any other character.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0
  #path: string[] = []

  constructor(bytes: Uint8Array) {
    // A plain view: `slice` of Node's Buffer would not copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** Runs `read` under the name of a field, which errors will carry. */
  field<T>(name: string, read: () => T): T {
    this.#path.push(name)
    const value = read()
    this.#path.pop()
    return value
  }

  fail(what: string, at: number = this.#offset): never {
    const field = this.#path.join('.').replaceAll('.[', '[')
    throw new CdnError('CDN_META', `not metadata: ${field} at byte ${at}: ${what}`, { details: { offset: at, field } })
  }

  /** A copy of the next bytes. */
  take(length: number): Uint8Array {
    return this.#bytes.slice(this.#advance(length), this.#offset)
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  /** @throws CDN_META above 2^53 − 1: no file reaches there */
  u64(): number {
    const at = this.#offset
    const value = this.#view.getBigUint64(this.#advance(8))
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail(`${value} is too large`, at)
    return Number(value)
  }

  tag(names: readonly string[]): number {
    const at = this.#offset
    const tag = this.u32()
    if (tag >= names.length)
      this.fail(`tag ${tag} is none of ${names.map((name, i) => `${i} (${name})`).join(', ')}`, at)
    return tag
  }

  /** How many elements follow, each of at least `leastBytes`. */
  count(leastBytes: number): number {
    const at = this.#offset
    const count = this.u64()
    if (count * leastBytes > this.remaining) {
      this.fail(`${count} elements do not fit in the ${this.remaining} bytes that remain`, at)
    }
    return count
  }

  list<T>(leastBytes: number, read: (index: number) => T): T[] {
    const count = this.count(leastBytes)
    const items: T[] = []
    for (let index = 0; index < count; index++) items.push(this.field(`[${index}]`, () => read(index)))
    return items
  }

  text(): string {
    const length = this.count(1)
    const at = this.#offset
    const bytes = this.take(length)
    try {
      return decoder.decode(bytes)
    } catch {
      return this.fail('the text is not UTF-8', at)
    }
  }

  optional<T>(read: () => T): T | undefined {
    const at = this.#offset
    const tag = this.u8()
    if (tag > 1) this.fail(`${tag} says neither absent (0) nor present (1)`, at)
    return tag === 1 ? read() : undefined
  }

  #advance(length: number): number {
    const at = this.#offset
    if (length > this.remaining) this.fail(`${length} bytes are needed, ${this.remaining} remain`)
    this.#offset += length
    return at
  }
}
