/**
 * How quick each place has been: what "nearest" means here. Shared by everything in a process that reads shards.
 *
 * A place nobody has asked yet is taken for a quick one, so that it is tried once; one that failed is asked last for a
 * while, then tried again. Bounded: the places that have not been asked for longest are forgotten.
 */
const WEIGHT = 0.3
/** What an unknown place is taken for. */
const UNKNOWN_MS = 5
const FIRST_PENALTY_MS = 1_000
const LONGEST_PENALTY_MS = 60_000
const MOST_PLACES = 10_000

interface Record {
  averageMs: number | undefined
  /** Mean distance of an answer from the average. */
  deviationMs: number
  failures: number
  /** Until then the place is asked last. */
  avoidUntil: number
}

export class PlaceLatency {
  readonly #records = new Map<string, Record>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  succeeded(place: string, elapsedMs: number): void {
    const record = this.#take(place)
    const { averageMs } = record
    record.deviationMs =
      averageMs === undefined
        ? elapsedMs / 2
        : record.deviationMs + WEIGHT * (Math.abs(elapsedMs - averageMs) - record.deviationMs)
    record.averageMs = averageMs === undefined ? elapsedMs : averageMs + WEIGHT * (elapsedMs - averageMs)
    record.failures = 0
    record.avoidUntil = 0
  }

  /** It did not answer, had nothing, or gave what was wrong. */
  failed(place: string): void {
    const record = this.#take(place)
    const penaltyMs = Math.min(LONGEST_PENALTY_MS, FIRST_PENALTY_MS * 2 ** Math.min(record.failures, 16))
    record.failures++
    record.avoidUntil = this.#now() + penaltyMs
  }

  /** A request was given up while it ran: the place takes at least that long. */
  slower(place: string, elapsedMs: number): void {
    const { averageMs } = this.#take(place)
    if (averageMs === undefined || averageMs < elapsedMs) this.succeeded(place, elapsedMs)
  }

  /** Milliseconds in which an answer can be expected. */
  expectedMs(place: string): number {
    return this.#records.get(place)?.averageMs ?? UNKNOWN_MS
  }

  /** After so long without an answer another place should be asked too. */
  lateAfterMs(place: string): number | undefined {
    const record = this.#records.get(place)
    return record?.averageMs === undefined ? undefined : record.averageMs + 4 * record.deviationMs
  }

  /** True while the place is asked last. */
  avoided(place: string): boolean {
    return (this.#records.get(place)?.avoidUntil ?? 0) > this.#now()
  }

  /** The same things, quickest place first; what is equally quick keeps its order. */
  order<T>(things: readonly T[], placeOf: (thing: T) => string): readonly T[] {
    return things
      .map(thing => {
        const place = placeOf(thing)
        return { thing, avoided: this.avoided(place), ms: bucket(this.expectedMs(place)) }
      })
      .sort((a, b) => Number(a.avoided) - Number(b.avoided) || a.ms - b.ms)
      .map(({ thing }) => thing)
  }

  /** Milliseconds by place, for metrics. */
  averages(): ReadonlyMap<string, number> {
    return new Map([...this.#records].flatMap(([place, { averageMs }]) => (averageMs ? [[place, averageMs]] : [])))
  }

  #take(place: string): Record {
    const known = this.#records.get(place)
    // Deleted and set again, it is the youngest.
    this.#records.delete(place)
    const record = known ?? { averageMs: undefined, deviationMs: 0, failures: 0, avoidUntil: 0 }
    this.#records.set(place, record)
    if (this.#records.size > MOST_PLACES) this.#records.delete(this.#records.keys().next().value as string)
    return record
  }
}

/** Places within a third of each other are equally quick, so that noise does not turn data shards into parity. */
function bucket(ms: number): number {
  return Math.round(Math.log(Math.max(1, ms)) / Math.log(2))
}
