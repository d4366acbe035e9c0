/**
 * The kernel without WebAssembly: four bytes at a time in the words of plain JavaScript. Runs in a browser.
 *
 * A row's sum is built bit by bit of its coefficients, the highest first: double what there is, add the inputs whose
 * coefficient has the bit (Horner's scheme). Doubling four bytes in a word takes a handful of operations, adding is
 * exclusive or, and no table is needed.
 */
import type { Kernel } from '../kernel.js'
import { schedule } from './schedule.js'
import { addWords, doubleAndAddWords } from './words.js'

const STRIPE_BYTES = 8 * 1024
const STRIPE_WORDS = STRIPE_BYTES / 4

export function createPortableKernel(): Kernel {
  const inputs = new Stripes()
  const pairs = new Stripes()
  const zeros = new Int32Array(STRIPE_WORDS)
  const sum = new Int32Array(STRIPE_WORDS)
  const sumBytes = new Uint8Array(sum.buffer)

  return {
    name: 'portable',
    combine(rows, from, into) {
      const plans = rows.map(schedule)
      const used = new Set(plans.flat(2).flatMap(({ index, pair }) => (pair ? [index] : [])))
      const terms = plans.map(plan => plan.map(bit => bit.map(one => (one.pair ? pairs : inputs).at(one.index))))

      const { length } = from[0] as Uint8Array
      for (let start = 0; start < length; start += STRIPE_BYTES) {
        const end = Math.min(length, start + STRIPE_BYTES)
        const words = (end - start + 3) >>> 2
        // Shards begin at any byte, words do not.
        from.forEach((input, i) => {
          new Uint8Array(inputs.at(i).buffer).set(input.subarray(start, end))
        })
        for (const index of used) {
          pairs.at(index).set(inputs.at(index))
          addWords(pairs.at(index), [inputs.at(index + 1)], words)
        }
        terms.forEach(([highest = [], ...lower], r) => {
          const [first, ...others] = highest
          sum.set(first ?? zeros)
          addWords(sum, others, words)
          for (const added of lower) doubleAndAddWords(sum, added, words)
          ;(into[r] as Uint8Array).set(sumBytes.subarray(0, end - start), start)
        })
      }
    },
  }
}

/** Stripes by number, made when they are asked for. */
class Stripes {
  readonly #stripes: Int32Array[] = []

  at(index: number): Int32Array {
    this.#stripes[index] ??= new Int32Array(STRIPE_WORDS)
    return this.#stripes[index] as Int32Array
  }
}
