/** Which inputs are added for which bit of a row's coefficients. Pure, runs in a browser. */

/** What is added: input `index`, or the sum of inputs `index` and `index + 1`, made once for all rows. */
export interface Term {
  readonly index: number
  readonly pair: boolean
}

const BITS = 8

/** For each bit from the highest that the row uses down, what to add. Neighbours that go together go as a pair. */
export function schedule(row: Uint8Array): readonly (readonly Term[])[] {
  const used = row.reduce((all, coefficient) => all | coefficient, 0)
  const bits = Array.from({ length: BITS }, (_, i) => BITS - 1 - i).filter(bit => used >> bit !== 0)
  return bits.map(bit => {
    const terms: Term[] = []
    for (let index = 0; index < row.length; index += 2) {
      const first = hasBit(row[index], bit)
      const second = hasBit(row[index + 1], bit)
      if (first || second) terms.push({ index: first ? index : index + 1, pair: first && second })
    }
    return terms
  })
}

function hasBit(coefficient: number | undefined, bit: number): boolean {
  return coefficient !== undefined && ((coefficient >> bit) & 1) === 1
}
