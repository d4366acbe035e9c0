/**
 * Reed–Solomon: any `required` of `total` shards give all the others. Runs in a browser.
 *
 * The first `required` shards are the data itself; byte-compatible with crate reed-solomon-erasure 6.0.0, galois_8.
 */
import { CdnError } from '../../errors/cdn.js'
import { InputError } from '../../errors/input.js'
import { coefficients } from './coefficients.js'
import type { Kernel } from './kernel.js'
import { loadKernel } from './load-kernel.js'
import { examine, type Verdict } from './verdict.js'

export interface CodecOptions {
  /** Data shards, k: 1 to 255. */
  readonly required: number
  /** All shards, n: more than k, up to 256. n = k is a code without parity, for reading what others wrote so. */
  readonly total: number
  /** `any` (the default) is the fastest there is; all give the same bytes. */
  readonly kernel?: Kernel['name'] | 'any'
}

/** A shard that is not there. */
export type Missing = undefined

export interface Codec {
  readonly required: number
  readonly total: number
  readonly kernel: Kernel['name']

  /** The `total − required` parity shards of the data shards, which have one length.
   *
   * @param into where to put them; new arrays when absent
   * @throws {InputError} INPUT_OPTION for a wrong number of shards or different lengths
   */
  encode(data: readonly Uint8Array[], into?: readonly Uint8Array[]): readonly Uint8Array[]

  /** The shards `wanted`, in that order, from any `required` that are there. Nothing else is computed.
   *
   * @param shards `total` of them, undefined where one is missing
   * @param wanted indexes; those that are missing when absent. What is there is given back as it is
   * @throws {CdnError} CDN_SHARDS when too few are there
   * @throws {InputError} INPUT_OPTION for a wrong number of shards, different lengths, or an index that is none
   */
  reconstruct(shards: readonly (Uint8Array | Missing)[], wanted?: readonly number[]): readonly Uint8Array[]

  /** Whether the shards that are there belong together, and which do not when there are enough to tell.
   *
   * @throws {CdnError} CDN_SHARDS when too few are there
   * @throws {InputError} INPUT_OPTION as `reconstruct`
   */
  verify(shards: readonly (Uint8Array | Missing)[]): Verdict
}

/** A code of `required` data shards and `total − required` parity shards. Cheap to make; the kernel is loaded once.
 *
 * @throws {InputError} INPUT_OPTION for numbers that no code has
 * @example
 * const codec = await createCodec({ required: 3, total: 4 })
 * const [parity] = codec.encode([a, b, c])
 * const [again] = codec.reconstruct([a, undefined, c, parity], [1])
 */
export async function createCodec({ required, total, kernel = 'any' }: CodecOptions): Promise<Codec> {
  if (!Number.isInteger(required) || required < 1 || required > 255) {
    throw new InputError('INPUT_OPTION', `a code has 1 to 255 data shards, not ${required}`)
  }
  if (!Number.isInteger(total) || total < required || total > 256) {
    throw new InputError('INPUT_OPTION', `a code of ${required} data shards has up to 256 shards in all, not ${total}`)
  }
  return new ReedSolomon(required, total, await loadKernel(kernel))
}

class ReedSolomon implements Codec {
  readonly kernel: Kernel['name']
  readonly #kernel: Kernel
  #parityRows: readonly Uint8Array[] | undefined

  constructor(
    readonly required: number,
    readonly total: number,
    kernel: Kernel,
  ) {
    this.kernel = kernel.name
    this.#kernel = kernel
  }

  encode(data: readonly Uint8Array[], into?: readonly Uint8Array[]): readonly Uint8Array[] {
    const parity = this.total - this.required
    if (data.length !== this.required) throw wrongCount('data shards', this.required, data.length)
    const length = lengthOf(data)
    const outputs = into ?? Array.from({ length: parity }, () => new Uint8Array(length))
    if (outputs.length !== parity) throw wrongCount('parity shards', parity, outputs.length)
    if (outputs.some(output => output.length !== length)) throw unequal()

    const indexes = range(0, this.required)
    this.#parityRows ??= coefficients(indexes, range(this.required, this.total))
    if (parity > 0) this.#kernel.combine(this.#parityRows, data, outputs)
    return outputs
  }

  reconstruct(shards: readonly (Uint8Array | Missing)[], wanted?: readonly number[]): readonly Uint8Array[] {
    const { present, length } = this.#present(shards)
    const indexes = wanted ?? range(0, this.total).filter(index => shards[index] === undefined)
    const stranger = indexes.find(index => !Number.isInteger(index) || index < 0 || index >= this.total)
    if (stranger !== undefined) throw new InputError('INPUT_OPTION', `there is no shard ${stranger} of ${this.total}`)

    const missing = [...new Set(indexes)].filter(index => shards[index] === undefined)
    const made = new Map(missing.map(index => [index, new Uint8Array(length)]))
    if (missing.length > 0) {
      const from = present.slice(0, this.required)
      const inputs = from.map(index => shards[index] as Uint8Array)
      this.#kernel.combine(coefficients(from, missing), inputs, [...made.values()])
    }
    return indexes.map(index => shards[index] ?? (made.get(index) as Uint8Array))
  }

  verify(shards: readonly (Uint8Array | Missing)[]): Verdict {
    const { present } = this.#present(shards)
    return examine({ shards, present, required: this.required, kernel: this.#kernel })
  }

  #present(shards: readonly (Uint8Array | Missing)[]): { present: readonly number[]; length: number } {
    if (shards.length !== this.total) throw wrongCount('shards', this.total, shards.length)
    const present = range(0, this.total).filter(index => shards[index] !== undefined)
    if (present.length < this.required) {
      throw new CdnError('CDN_SHARDS', `${this.required} shards are needed, ${present.length} are there`, {
        details: { good: present.length, needed: this.required },
      })
    }
    return { present, length: lengthOf(present.map(index => shards[index] as Uint8Array)) }
  }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

function lengthOf(shards: readonly Uint8Array[]): number {
  const { length } = shards[0] as Uint8Array
  if (shards.some(shard => shard.length !== length)) throw unequal()
  return length
}

function unequal(): InputError {
  return new InputError('INPUT_OPTION', 'all shards of a block have one length')
}

function wrongCount(what: string, expected: number, got: number): InputError {
  return new InputError('INPUT_OPTION', `the code has ${expected} ${what}, ${got} were given`)
}
