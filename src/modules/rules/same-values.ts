/** Pairs of places that hold one value: [index of the first, index of a later one, the value]. */
export function sameValues<T, V extends string | number>(
  list: readonly (T | undefined)[],
  keyOf: (element: T, index: number) => V | undefined,
): readonly (readonly [first: number, second: number, value: V])[] {
  const seen = new Map<V, number>()
  return list.flatMap((element, index) => {
    const value = element === undefined ? undefined : keyOf(element, index)
    if (value === undefined) return []
    const first = seen.get(value)
    if (first !== undefined) return [[first, index, value] as const]
    seen.set(value, index)
    return []
  })
}
