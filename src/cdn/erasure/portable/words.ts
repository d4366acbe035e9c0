/** Loops over words of four field elements. Pure, runs in a browser. */

/** Doubles each byte of the first `words` words: shift, and reduce by 0x1D where a bit left the byte. */
export function doubleWords(sum: Uint32Array, words: number): void {
  for (let i = 0; i < words; i++) {
    const word = sum[i] as number
    sum[i] = ((word & 0x7f7f7f7f) << 1) ^ (((word >>> 7) & 0x01010101) * 0x1d)
  }
}

/** Adds `terms` to `sum`, up to four in one walk. */
export function addWords(sum: Uint32Array, terms: readonly Uint32Array[], words: number): void {
  let next = 0
  for (; terms.length - next >= 4; next += 4) {
    add4(
      sum,
      terms[next] as Uint32Array,
      terms[next + 1] as Uint32Array,
      terms[next + 2] as Uint32Array,
      terms[next + 3] as Uint32Array,
      words,
    )
  }
  if (terms.length - next >= 2) {
    add2(sum, terms[next] as Uint32Array, terms[next + 1] as Uint32Array, words)
    next += 2
  }
  if (terms.length > next) add1(sum, terms[next] as Uint32Array, words)
}

function add1(sum: Uint32Array, a: Uint32Array, words: number): void {
  for (let i = 0; i < words; i++) sum[i] = (sum[i] as number) ^ (a[i] as number)
}

function add2(sum: Uint32Array, a: Uint32Array, b: Uint32Array, words: number): void {
  for (let i = 0; i < words; i++) sum[i] = (sum[i] as number) ^ (a[i] as number) ^ (b[i] as number)
}

function add4(sum: Uint32Array, a: Uint32Array, b: Uint32Array, c: Uint32Array, d: Uint32Array, words: number): void {
  for (let i = 0; i < words; i++) {
    sum[i] = (sum[i] as number) ^ (a[i] as number) ^ (b[i] as number) ^ (c[i] as number) ^ (d[i] as number)
  }
}
