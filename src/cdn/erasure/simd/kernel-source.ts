/**
 * The inner loop of the code, in WebAssembly: sums of products of bytes in GF(2⁸). Pure, runs in a browser.
 *
 * A product with a fixed coefficient is additive, so it is the product of the low half of the byte plus that of the high
 * half: two tables of sixteen bytes, which one swizzle instruction looks up for sixteen bytes at once.
 */
import {
  add,
  assemble,
  type Code,
  constant,
  type FunctionSource,
  get,
  type Local,
  lessThan,
  repeatWhile,
  set,
  v128,
} from './assembler.js'

/** Bytes of a table pair: the products of 0…15, then those of 0, 16 … 240. */
export const TABLE_BYTES = 32

/** Rows that are computed in one pass, so that an input is read and split once for all of them. */
export const MOST_ROWS = 4

const VECTOR_BYTES = 16

/** Vectors a step of the loop takes, for one row to four. More of them share a load of the tables, and sixteen registers
 * have to hold tables, halves and sums. */
const STEP_VECTORS = [4, 2, 2, 1] as const

/** Vectors a step of `sum` takes. */
const SUM_VECTORS = 4

/** Inputs and outputs are padded to the longest step. */
export const PADDING_BYTES = Math.max(...STEP_VECTORS, SUM_VECTORS) * VECTOR_BYTES

/** The module with `sum`, and with `pass1` … `pass4`, each `(inputs, inputStride, count, tables, outputs, outputStride, bytes)`.
 *
 * `passR` writes R outputs of `bytes` bytes, rounded up to `PADDING_BYTES`, `outputStride` bytes apart: output r is the sum, over `count` inputs that
 * are `inputStride` bytes apart, of the input's product with a coefficient. Tables lie input by input, and for each input
 * row by row. All arguments are addresses and sizes in bytes but `count`, which is at least 1, as `bytes` is.
 *
 * `sum(inputs, inputStride, count, output, bytes)` is a pass whose coefficients are all 1. So is the one row of a code with
 * three data shards and one of parity, whichever of the four is lost.
 */
export function kernelModule(): Uint8Array<ArrayBuffer> {
  return assemble([sum(), ...Array.from({ length: MOST_ROWS }, (_, index) => pass(index + 1))])
}

function sum(): FunctionSource {
  const [inputs, inputStride, count, output, bytes] = [0, 1, 2, 3, 4] as const
  const [offset, input, left] = [5, 6, 7] as const
  const sums = Array.from({ length: SUM_VECTORS }, (_, i) => 8 + i)
  return {
    name: 'sum',
    parameters: 5,
    integers: 3,
    vectors: sums.length,
    body: [
      repeatWhile(
        lessThan(get(offset), get(bytes)),
        ...sums.map(each => set(each, v128.zero())),
        set(input, add(get(inputs), get(offset))),
        set(left, get(count)),
        repeatWhile(
          get(left),
          ...sums.map((each, i) => set(each, v128.xor(get(each), v128.load(get(input), i * VECTOR_BYTES)))),
          step(input, get(inputStride)),
          step(left, constant(-1)),
        ),
        ...sums.map((each, i) => v128.store(add(get(output), get(offset)), get(each), i * VECTOR_BYTES)),
        step(offset, constant(SUM_VECTORS * VECTOR_BYTES)),
      ),
    ],
  }
}

function pass(rows: number): FunctionSource {
  const [inputs, inputStride, count, tables, outputs, outputStride, bytes] = [0, 1, 2, 3, 4, 5, 6] as const
  const [offset, input, table, left, output] = [7, 8, 9, 10, 11] as const
  const vectors = Array.from({ length: STEP_VECTORS[rows - 1] as number }, (_, i) => i)
  const parts = numberFrom(12)
  const [mask, lowTable, highTable] = [parts(), parts(), parts()]
  const low = vectors.map(parts)
  const high = vectors.map(parts)
  const sums = Array.from({ length: rows }, () => vectors.map(parts))

  const clear = sums.flat().map(sum => set(sum, v128.zero()))
  const split = vectors.flatMap(i => [
    set(high[i] as Local, v128.load(get(input), i * VECTOR_BYTES)),
    set(low[i] as Local, v128.and(get(high[i] as Local), get(mask))),
    set(high[i] as Local, v128.and(v128.shiftPairsRight(get(high[i] as Local), 4), get(mask))),
  ])
  const accumulate = sums.flatMap((row, r) => [
    set(lowTable, v128.load(get(table), r * TABLE_BYTES)),
    set(highTable, v128.load(get(table), r * TABLE_BYTES + VECTOR_BYTES)),
    ...row.map((sum, i) => {
      const product = v128.xor(
        v128.swizzle(get(lowTable), get(low[i] as Local)),
        v128.swizzle(get(highTable), get(high[i] as Local)),
      )
      return set(sum, v128.xor(get(sum), product))
    }),
  ])
  const write = sums.flatMap(row => [
    ...row.map((sum, i) => v128.store(get(output), get(sum), i * VECTOR_BYTES)),
    step(output, get(outputStride)),
  ])

  return {
    name: `pass${rows}`,
    parameters: 7,
    integers: 5,
    vectors: 3 + 2 * vectors.length + sums.flat().length,
    body: [
      set(mask, v128.splat(constant(0x0f))),
      repeatWhile(
        lessThan(get(offset), get(bytes)),
        ...clear,
        set(input, add(get(inputs), get(offset))),
        set(table, get(tables)),
        set(left, get(count)),
        repeatWhile(
          get(left),
          ...split,
          ...accumulate,
          step(input, get(inputStride)),
          step(table, constant(rows * TABLE_BYTES)),
          step(left, constant(-1)),
        ),
        set(output, add(get(outputs), get(offset))),
        ...write,
        step(offset, constant(vectors.length * VECTOR_BYTES)),
      ),
    ],
  }
}

function step(local: Local, by: Code): Code {
  return set(local, add(get(local), by))
}

/** Answers with one number after another. */
function numberFrom(first: number): () => number {
  let next = first
  return () => next++
}
