/** Services by what they wait for. */

/** Groups of which each needs only earlier ones; names that are not among them count as there already, and a circle
 * is started all at once.
 *
 * @example startGroups([{ name: 'b', after: ['a'] }, { name: 'a', after: [] }]) // [[a], [b]]
 */
export function startGroups<T extends { readonly name: string; readonly after: readonly string[] }>(
  services: readonly T[],
): readonly (readonly T[])[] {
  const groups: T[][] = []
  let left = [...services]
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name))
    const free = left.filter(({ after }) => !after.some(name => names.has(name)))
    const group = free.length > 0 ? free : left
    groups.push(group)
    left = left.filter(one => !group.includes(one))
  }
  return groups
}
