/**
 * Which shards of a block are wrong, from the shards alone. Runs in a browser.
 *
 * The p shards that are there are values of one polynomial of degree below k when r = p − k sums of them, the syndromes
 * S₀ … Sᵣ₋₁, are zero at every position. Wrong shards with indexes x₁ … xₑ make them sums of multiples of the sequences
 * 1, xᵢ, xᵢ² …, and of no others. So the stretches of e + 1 neighbouring syndromes, of all positions, lie in the space of
 * e dimensions that (1, xᵢ … xᵢᵉ) span. When they fill it, the indexes whose sequences lie in it are just the wrong ones,
 * and neither fewer nor other e shards explain what is there. They always fill it for e up to r / 2, and for e up to
 * r − 1 unless the errors of different shards are alike.
 */
import { barycentricWeights } from './coefficients.js'
import { divide, multiply } from './field.js'
import type { Kernel } from './kernel.js'

/** What can be said of shards:
 *
 * - `good`: they belong together
 * - `wrong`: the shards `wrong` do not belong to the others, and no smaller choice explains what is there
 * - `mixed`: they do not belong together, and there are too few of them to say which are wrong
 * - `unchecked`: there are just as many as are needed, so anything belongs together
 */
export type Verdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'wrong'; readonly wrong: readonly number[] }
  | { readonly kind: 'mixed' }
  | { readonly kind: 'unchecked' }

interface Examination {
  readonly shards: readonly (Uint8Array | undefined)[]
  /** Indexes of the shards that are there, at least `required`. */
  readonly present: readonly number[]
  readonly required: number
  readonly kernel: Kernel
}

export function examine(examination: Examination): Verdict {
  const { present, required } = examination
  const checks = present.length - required
  if (checks === 0) return { kind: 'unchecked' }
  const syndromes = syndromesOf(examination, present)
  const space = new Space(checks)
  let suspects: readonly number[] = []

  // Each round either ends, or finds a position that the suspects do not explain: the space grows at most r times.
  for (let rest = syndromes; ; ) {
    const position = firstPosition(rest)
    if (position < 0) return suspects.length === 0 ? { kind: 'good' } : { kind: 'wrong', wrong: suspects }
    for (const column of sampleColumns(syndromes, position)) {
      space.add(column)
      if (space.dimensions === checks) return { kind: 'mixed' }
    }

    const found = locate(space, present)
    if (!found) return { kind: 'mixed' }
    suspects = found
    rest = syndromesOf(
      examination,
      present.filter(index => !found.includes(index)),
    )
  }
}

/** The fewest shards that explain syndromes which span `space`, when they are the only ones as few as that. */
function locate(space: Space, present: readonly number[]): readonly number[] | undefined {
  for (let count = space.dimensions; count < space.length; count++) {
    const stretches = new Space(count + 1)
    for (const vector of space.basis()) {
      for (let at = 0; at + count < space.length; at++) stretches.add(vector.slice(at, at + count + 1))
    }
    if (stretches.dimensions !== count) continue
    const found = present.filter(index => stretches.contains(powers(index, count + 1)))
    if (found.length === count) return found
  }
  return undefined
}

function powers(of: number, count: number): readonly number[] {
  const sequence = [1]
  while (sequence.length < count) sequence.push(multiply(sequence.at(-1) as number, of))
  return sequence
}

/** Positions that are looked at in a round, beginning with the one that is known to be wrong. */
const SAMPLED_POSITIONS = 4096

function* sampleColumns(syndromes: readonly Uint8Array[], from: number): Generator<readonly number[]> {
  const { length } = syndromes[0] as Uint8Array
  for (let at = from; at < Math.min(length, from + SAMPLED_POSITIONS); at++)
    yield syndromes.map(row => row[at] as number)
}

function firstPosition(syndromes: readonly Uint8Array[]): number {
  const firsts = syndromes.map(row => row.findIndex(byte => byte !== 0)).filter(at => at >= 0)
  return firsts.length === 0 ? -1 : Math.min(...firsts)
}

function syndromesOf({ shards, required, kernel }: Examination, among: readonly number[]): readonly Uint8Array[] {
  const inputs = among.map(index => shards[index] as Uint8Array)
  const { length } = inputs[0] as Uint8Array
  const rows = checkRows(among, among.length - required)
  const syndromes = rows.map(() => new Uint8Array(length))
  if (rows.length > 0) kernel.combine(rows, inputs, syndromes)
  return syndromes
}

/** Row j: what the shard at each point counts in syndrome j. */
function checkRows(points: readonly number[], checks: number): readonly Uint8Array[] {
  const rows: Uint8Array[] = []
  for (
    let row = barycentricWeights(points);
    rows.length < checks;
    row = row.map((value, i) => multiply(value, points[i] as number))
  ) {
    rows.push(row)
  }
  return rows
}

/** A space of vectors over the field, by a basis in echelon form. */
class Space {
  readonly #basis = new Map<number, readonly number[]>()

  constructor(readonly length: number) {}

  get dimensions(): number {
    return this.#basis.size
  }

  basis(): Iterable<readonly number[]> {
    return this.#basis.values()
  }

  contains(vector: readonly number[]): boolean {
    return this.#reduce(vector) === undefined
  }

  add(vector: readonly number[]): void {
    const reduced = this.#reduce(vector)
    if (reduced) this.#basis.set(reduced.pivot, reduced.vector)
  }

  /** What is left of a vector, its first element made one, or undefined when nothing is. */
  #reduce(vector: readonly number[]): { pivot: number; vector: readonly number[] } | undefined {
    let rest = vector
    for (let pivot = 0; pivot < this.length; pivot++) {
      const first = rest[pivot] as number
      if (first === 0) continue
      const basis = this.#basis.get(pivot)
      if (!basis) return { pivot, vector: rest.map(value => divide(value, first)) }
      rest = rest.map((value, i) => value ^ multiply(first, basis[i] as number))
    }
    return undefined
  }
}
