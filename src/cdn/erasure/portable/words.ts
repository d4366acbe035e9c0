/**
 * Loops over words of four field elements, four words a step: each access is checked against the bounds of its array, and
 * longer steps leave the engine less to do beside that. Pure, runs in a browser.
 *
 * `words` is rounded up to a step, and the arrays have room for that.
 */
const STEP_WORDS = 4

type Words = Int32Array

/** Doubles each byte: shift, and reduce by 0x1D where a bit left the byte. */
function doubleWords(sum: Words, words: number): void {
  for (let i = 0; i < words; i += STEP_WORDS) {
    sum[i] = double(sum[i] as number)
    sum[i + 1] = double(sum[i + 1] as number)
    sum[i + 2] = double(sum[i + 2] as number)
    sum[i + 3] = double(sum[i + 3] as number)
  }
}

/** Doubles `sum`, then adds `terms`, both in one walk when there are enough terms. */
export function doubleAndAddWords(sum: Words, terms: readonly Words[], words: number): void {
  if (terms.length < 4) {
    doubleWords(sum, words)
    addWords(sum, terms, words)
    return
  }
  const [a, b, c, d, ...others] = terms
  doubleAndAdd4(sum, a as Words, b as Words, c as Words, d as Words, words)
  addWords(sum, others, words)
}

/** Adds `terms` to `sum`, up to four in one walk. */
export function addWords(sum: Words, terms: readonly Words[], words: number): void {
  let next = 0
  const take = () => terms[next++] as Words
  while (terms.length - next >= 4) add4(sum, take(), take(), take(), take(), words)
  if (terms.length - next >= 2) add2(sum, take(), take(), words)
  if (terms.length > next) add1(sum, take(), words)
}

function double(word: number): number {
  return ((word & 0x7f7f7f7f) << 1) ^ Math.imul((word >>> 7) & 0x01010101, 0x1d)
}

function add1(sum: Words, a: Words, words: number): void {
  for (let i = 0; i < words; i += STEP_WORDS) {
    sum[i] = at(sum, i) ^ at(a, i)
    sum[i + 1] = at(sum, i + 1) ^ at(a, i + 1)
    sum[i + 2] = at(sum, i + 2) ^ at(a, i + 2)
    sum[i + 3] = at(sum, i + 3) ^ at(a, i + 3)
  }
}

function add2(sum: Words, a: Words, b: Words, words: number): void {
  for (let i = 0; i < words; i += STEP_WORDS) {
    sum[i] = at(sum, i) ^ at(a, i) ^ at(b, i)
    sum[i + 1] = at(sum, i + 1) ^ at(a, i + 1) ^ at(b, i + 1)
    sum[i + 2] = at(sum, i + 2) ^ at(a, i + 2) ^ at(b, i + 2)
    sum[i + 3] = at(sum, i + 3) ^ at(a, i + 3) ^ at(b, i + 3)
  }
}

function add4(sum: Words, a: Words, b: Words, c: Words, d: Words, words: number): void {
  for (let i = 0; i < words; i += STEP_WORDS) {
    sum[i] = at(sum, i) ^ at(a, i) ^ at(b, i) ^ at(c, i) ^ at(d, i)
    sum[i + 1] = at(sum, i + 1) ^ at(a, i + 1) ^ at(b, i + 1) ^ at(c, i + 1) ^ at(d, i + 1)
    sum[i + 2] = at(sum, i + 2) ^ at(a, i + 2) ^ at(b, i + 2) ^ at(c, i + 2) ^ at(d, i + 2)
    sum[i + 3] = at(sum, i + 3) ^ at(a, i + 3) ^ at(b, i + 3) ^ at(c, i + 3) ^ at(d, i + 3)
  }
}

function doubleAndAdd4(sum: Words, a: Words, b: Words, c: Words, d: Words, words: number): void {
  for (let i = 0; i < words; i += STEP_WORDS) {
    sum[i] = double(at(sum, i)) ^ at(a, i) ^ at(b, i) ^ at(c, i) ^ at(d, i)
    sum[i + 1] = double(at(sum, i + 1)) ^ at(a, i + 1) ^ at(b, i + 1) ^ at(c, i + 1) ^ at(d, i + 1)
    sum[i + 2] = double(at(sum, i + 2)) ^ at(a, i + 2) ^ at(b, i + 2) ^ at(c, i + 2) ^ at(d, i + 2)
    sum[i + 3] = double(at(sum, i + 3)) ^ at(a, i + 3) ^ at(b, i + 3) ^ at(c, i + 3) ^ at(d, i + 3)
  }
}

function at(words: Words, index: number): number {
  return words[index] as number
}
