/** The kernel in WebAssembly with 128-bit SIMD. Runs in a browser. */
import { multiply } from '../field.js'
import type { Kernel } from '../kernel.js'
import { kernelModule, MOST_ROWS, PADDING_BYTES, TABLE_BYTES } from './kernel-source.js'

/** Shards are worked on in stripes that stay in the cache of a core. */
const STRIPE_BYTES = 16 * 1024
/** A power of two as distance would put the same bytes of all inputs into the same few lines of the cache. */
const STRIDE_BYTES = STRIPE_BYTES + PADDING_BYTES
const PAGE_BYTES = 64 * 1024

type Pass = (
  inputs: number,
  inputStride: number,
  count: number,
  tables: number,
  outputs: number,
  outputStride: number,
  bytes: number,
) => void

type Sum = (inputs: number, inputStride: number, count: number, output: number, bytes: number) => void

/** The kernel, or undefined where there is no SIMD, or where WebAssembly is not allowed. */
export async function createSimdKernel(): Promise<Kernel | undefined> {
  const source = kernelModule()
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(source)) return undefined
  try {
    const { instance } = await WebAssembly.instantiate(source)
    return new SimdKernel(instance)
  } catch (error) {
    // A page's content security policy can forbid compiling what is valid.
    if (error instanceof WebAssembly.CompileError) return undefined
    throw error
  }
}

class SimdKernel implements Kernel {
  readonly name = 'simd'
  readonly #memory: WebAssembly.Memory
  readonly #passes: readonly Pass[]
  readonly #sum: Sum
  readonly #products = nibbleProducts()

  constructor({ exports }: WebAssembly.Instance) {
    this.#sum = exports.sum as unknown as Sum
    this.#memory = exports.memory as WebAssembly.Memory
    this.#passes = Array.from({ length: MOST_ROWS }, (_, index) => exports[`pass${index + 1}`] as unknown as Pass)
  }

  combine(rows: readonly Uint8Array[], inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
    const count = inputs.length
    const outputsAt = rows.length * count * TABLE_BYTES
    const inputsAt = outputsAt + MOST_ROWS * STRIDE_BYTES
    const bytes = this.#room(inputsAt + count * STRIDE_BYTES)
    const isSum = rows.length === 1 && rows[0]?.every(coefficient => coefficient === 1)
    if (!isSum) this.#writeTables(bytes, rows)

    const { length } = inputs[0] as Uint8Array
    for (let at = 0; at < length; at += STRIPE_BYTES) {
      const end = Math.min(length, at + STRIPE_BYTES)
      for (let i = 0; i < count; i++)
        bytes.set((inputs[i] as Uint8Array).subarray(at, end), inputsAt + i * STRIDE_BYTES)

      for (let first = 0; first < rows.length; first += MOST_ROWS) {
        const together = Math.min(MOST_ROWS, rows.length - first)
        const tables = first * count * TABLE_BYTES
        const pass = this.#passes[together - 1] as Pass
        if (isSum) this.#sum(inputsAt, STRIDE_BYTES, count, outputsAt, end - at)
        else pass(inputsAt, STRIDE_BYTES, count, tables, outputsAt, STRIDE_BYTES, end - at)
        for (let r = 0; r < together; r++) {
          const from = outputsAt + r * STRIDE_BYTES
          ;(outputs[first + r] as Uint8Array).set(bytes.subarray(from, from + end - at), at)
        }
      }
    }
  }

  /** Pass by pass; in a pass input by input; for an input row by row. */
  #writeTables(bytes: Uint8Array, rows: readonly Uint8Array[]): void {
    let at = 0
    for (let first = 0; first < rows.length; first += MOST_ROWS) {
      const together = rows.slice(first, first + MOST_ROWS)
      for (let i = 0; i < (together[0] as Uint8Array).length; i++) {
        for (const row of together) {
          const from = (row[i] as number) * TABLE_BYTES
          bytes.set(this.#products.subarray(from, from + TABLE_BYTES), at)
          at += TABLE_BYTES
        }
      }
    }
  }

  #room(length: number): Uint8Array {
    const missing = length - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    return new Uint8Array(this.#memory.buffer)
  }
}

/** For each coefficient, its products with 0…15 and with 0, 16 … 240. */
function nibbleProducts(): Uint8Array {
  const products = new Uint8Array(256 * TABLE_BYTES)
  for (let coefficient = 0; coefficient < 256; coefficient++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      products[coefficient * TABLE_BYTES + nibble] = multiply(coefficient, nibble)
      products[coefficient * TABLE_BYTES + 16 + nibble] = multiply(coefficient, nibble << 4)
    }
  }
  return products
}
