/** Ways of choosing `count` of `items`, those that leave out the fewest of the first ones first. Pure. */
export function* subsetsOf<T>(items: readonly T[], count: number): Generator<readonly T[]> {
  if (count > items.length) return
  if (count === 0) {
    yield []
    return
  }
  const [first, ...rest] = items as [T, ...T[]]
  for (const others of subsetsOf(rest, count - 1)) yield [first, ...others]
  yield* subsetsOf(rest, count)
}
