/**
 * The kernel without WebAssembly: four bytes at a time in the words of plain JavaScript. Runs in a browser.
 *
 * A row's sum is built bit by bit of its coefficients, the highest first: double what there is, add the inputs whose
 * coefficient has the bit (Horner's scheme). Doubling four bytes in a word takes a handful of operations, adding is
 * exclusive or, and no table is needed.
 */
import type { Kernel } from '../kernel.js'
import { addWords, doubleWords } from './words.js'

const STRIPE_BYTES = 8 * 1024
const STRIPE_WORDS = STRIPE_BYTES / 4
const TOP_BIT = 7

export function createPortableKernel(): Kernel {
  const scratch: Int32Array[] = []
  const sum = new Int32Array(STRIPE_WORDS)
  const zeros = new Int32Array(STRIPE_WORDS)
  const sumBytes = new Uint8Array(sum.buffer)

  return {
    name: 'portable',
    combine(rows, inputs, outputs) {
      while (scratch.length < inputs.length) scratch.push(new Int32Array(STRIPE_WORDS))
      const schedules = rows.map(row => schedule(row, scratch))
      const { length } = inputs[0] as Uint8Array

      for (let at = 0; at < length; at += STRIPE_BYTES) {
        const end = Math.min(length, at + STRIPE_BYTES)
        const words = (end - at + 3) >>> 2
        // Shards begin at any byte, words do not.
        inputs.forEach((input, i) => {
          new Uint8Array((scratch[i] as Int32Array).buffer).set(input.subarray(at, end))
        })
        schedules.forEach((terms, r) => {
          const [[first = zeros, ...others] = [], ...lower] = terms
          sum.set(first)
          addWords(sum, others, words)
          for (const added of lower) {
            doubleWords(sum, words)
            addWords(sum, added, words)
          }
          ;(outputs[r] as Uint8Array).set(sumBytes.subarray(0, end - at), at)
        })
      }
    },
  }
}

/** For each bit from the highest that is used down, the inputs whose coefficient has it. */
function schedule(row: Uint8Array, inputs: readonly Int32Array[]): readonly (readonly Int32Array[])[] {
  const used = row.reduce((all, coefficient) => all | coefficient, 0)
  const terms: Int32Array[][] = []
  for (let bit = TOP_BIT; bit >= 0; bit--) {
    if (used >> bit === 0) continue
    terms.push(inputs.filter((_, i) => (((row[i] ?? 0) as number) >> bit) & 1))
  }
  return terms
}
