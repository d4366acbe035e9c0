/**
 * GF(2⁸) with the polynomial 0x11D and the generator 2. Pure, runs in a browser.
 *
 * Source: crate reed-solomon-erasure 6.0.0, module galois_8, which the peers use.
 */
const POLYNOMIAL = 0x11d

/** Powers of the generator, twice over, so that two logarithms can be added without a division. */
const EXP = new Uint8Array(510)
const LOG = new Uint8Array(256)

for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value
  EXP[power + 255] = value
  LOG[value] = power
  value = (value << 1) ^ (value & 0x80 ? POLYNOMIAL : 0)
}

export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (EXP[(LOG[a] as number) + (LOG[b] as number)] as number)
}

/** @param b not zero */
export function divide(a: number, b: number): number {
  return a === 0 ? 0 : (EXP[(LOG[a] as number) + 255 - (LOG[b] as number)] as number)
}
