/**
 * What a local grid can be told to do wrong. Set from code (`grid.faults.set`) or over HTTP on the admin URL; the
 * services ask the board at the moments it concerns them.
 */
export type Fault = (
  | { kind: 'silent-node'; nodeId: number }
  | { kind: 'slow-node'; nodeId: number; delayMs: number }
  | { kind: 'failing-workload'; nodeId?: number; name?: string; message?: string }
  | { kind: 'slow-workload'; nodeId?: number; name?: string; delayMs: number }
  | { kind: 'full-disk'; nodeId: number }
  | { kind: 'foreign-signature'; nodeId: number }
  | { kind: 'slow-finality'; delayMs: number }
  | { kind: 'nonce-clash' }
  | { kind: 'no-funds'; address?: string }
  | { kind: 'chain-restart'; downMs: number }
  | { kind: 'dropped-relay' }
  | { kind: 'lost-frames' }
  | { kind: 'duplicated-frames' }
  | { kind: 'reordered-frames' }
  | { kind: 'garbage-explorer'; service?: 'rest' | 'graphql' }
  | { kind: 'silent-explorer'; service?: 'rest' | 'graphql' }
  | { kind: 'kyc'; status: 'PENDING' | 'REJECTED' | 'UNVERIFIED'; twinId?: number }
) & {
  /** How often it strikes before it is gone; for ever when absent. */
  times?: number
}

export type FaultKind = Fault['kind']
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>

export interface ActiveFault {
  readonly id: number
  readonly fault: Fault
  /** How often it has struck. */
  readonly struck: number
}

export class FaultBoard {
  readonly #active = new Map<number, { fault: Fault; struck: number }>()
  readonly #listeners = new Set<(fault: Fault) => void>()
  #nextId = 1

  /** Returns the id to clear it by. */
  set(fault: Fault): number {
    const id = this.#nextId++
    this.#active.set(id, { fault, struck: 0 })
    for (const listener of this.#listeners) listener(fault)
    return id
  }

  /** Ends one fault, or all of them. */
  clear(id?: number): void {
    if (id === undefined) this.#active.clear()
    else this.#active.delete(id)
  }

  list(): readonly ActiveFault[] {
    return [...this.#active].map(([id, { fault, struck }]) => ({ id, fault, struck }))
  }

  /** The first active fault of the kind that `matches`; counts as one strike. */
  strike<K extends FaultKind>(kind: K, matches: (fault: FaultOf<K>) => boolean = () => true): FaultOf<K> | undefined {
    for (const [id, entry] of this.#active) {
      if (entry.fault.kind !== kind || !matches(entry.fault as FaultOf<K>)) continue
      entry.struck++
      if (entry.fault.times !== undefined && entry.struck >= entry.fault.times) this.#active.delete(id)
      return entry.fault as FaultOf<K>
    }
    return undefined
  }

  /** Like `strike`, without counting. */
  peek<K extends FaultKind>(kind: K, matches: (fault: FaultOf<K>) => boolean = () => true): FaultOf<K> | undefined {
    for (const { fault } of this.#active.values()) {
      if (fault.kind === kind && matches(fault as FaultOf<K>)) return fault as FaultOf<K>
    }
    return undefined
  }

  /** For faults that act at the moment they are set (`dropped-relay`, `chain-restart`). */
  onSet(listener: (fault: Fault) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
