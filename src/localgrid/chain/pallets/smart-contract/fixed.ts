/**
 * Unsigned fixed point with 64 fractional bits (substrate_fixed U64F64), as bigint scaled by 2^64.
 *
 * Multiplication and division drop what is below 2^-64, exactly as the runtime does: that is why a bill can be one
 * unit lower than in real arithmetic.
 */
const BITS = 64n
const HALF = 1n << (BITS - 1n)

export type Fixed = bigint

export const fixed = (integer: bigint | number): Fixed => BigInt(integer) << BITS

/** A constant such as 0.8 as the runtime gets it: the nearest value to the double. */
export function fixedOf(decimal: number): Fixed {
  const scaled = BigInt(Math.floor(decimal * 2 ** 32)) << 32n
  const rest = decimal * 2 ** 32 - Math.floor(decimal * 2 ** 32)
  return scaled + BigInt(Math.round(rest * 2 ** 32))
}

export const times = (a: Fixed, b: Fixed): Fixed => (a * b) >> BITS
export const over = (a: Fixed, b: Fixed): Fixed => (a << BITS) / b
export const rounded = (a: Fixed): bigint => (a + HALF) >> BITS
export const larger = (a: Fixed, b: Fixed): Fixed => (a > b ? a : b)
export const smaller = (a: Fixed, b: Fixed): Fixed => (a < b ? a : b)
