/**
 * How shards follow from other shards. Pure, runs in a browser.
 *
 * The code's matrix is V · (top of V)⁻¹ with V[r][c] = r^c. Read otherwise: the bytes of one position in all shards are
 * the values, at the points 0, 1, 2 …, of a polynomial of degree below k, and a shard's index is its point. So any shard
 * follows from any k others by Lagrange's interpolation, and no matrix has to be inverted.
 */
import { divide, multiply } from './field.js'

/** For every point of `to`, what the value at each point of `from` counts in it.
 *
 * @param from k different indexes of shards
 * @returns one row of k coefficients for each index of `to`
 */
export function coefficients(from: readonly number[], to: readonly number[]): readonly Uint8Array[] {
  const weights = barycentricWeights(from)
  return to.map(x => {
    const known = from.indexOf(x)
    if (known >= 0) return Uint8Array.from(from, (_, i) => (i === known ? 1 : 0))
    const all = from.reduce((product, point) => multiply(product, x ^ point), 1)
    return Uint8Array.from(from, (point, i) => multiply(divide(all, x ^ point), weights[i] as number))
  })
}

/** 1 / ∏ (xᵢ − xⱼ) over all other points; subtraction is addition here, and both are exclusive or. */
export function barycentricWeights(points: readonly number[]): Uint8Array {
  return Uint8Array.from(points, (x, i) =>
    divide(
      1,
      points.reduce((product, other, j) => (i === j ? product : multiply(product, x ^ other)), 1),
    ),
  )
}
