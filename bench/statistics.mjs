/** What a list of measurements says, without hiding how much they differ. */

/** @returns {{ median: number, min: number, max: number, count: number }} */
export function summary(samples) {
  if (samples.length === 0) throw new Error('nothing was measured')
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, min: sorted[0], max: sorted.at(-1), count: sorted.length }
}

/** Two ways of doing the same, each measured several times: how many times longer the other one takes. */
export function compare(ours, peer) {
  const [a, b] = [summary(ours), summary(peer)]
  return { ours: a, peer: b, ratio: b.median / a.median }
}
