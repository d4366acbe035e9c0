/** What a person may have meant. Runs in a browser. */
const LONGEST = 64

/** The candidate that is fewest edits away, when it is near enough to be a slip of the fingers.
 *
 * @example nearest('nodeId', ['node_id', 'name']) // 'node_id'
 */
export function nearest(given: string, candidates: readonly string[]): string | undefined {
  if (given.length > LONGEST) return undefined
  const plain = simplify(given)
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const distance = Math.min(editDistance(plain, simplify(candidate)), editDistance(given, candidate))
    if (best === undefined || distance < best.distance) best = { candidate, distance }
  }
  if (best === undefined) return undefined
  return best.distance <= Math.max(2, Math.floor(best.candidate.length / 3)) && best.distance < given.length
    ? best.candidate
    : undefined
}

/** `nodeId`, `node-id` and `node_id` are the same word. */
function simplify(text: string): string {
  return text.replace(/[-_\s]/g, '').toLowerCase()
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}
