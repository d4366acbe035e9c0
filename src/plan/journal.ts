/**
 * The write-ahead journal of apply: what was about to be written, before it is written.
 *
 * A killed process leaves an intent without an outcome. The next run finds out from the chain what became of it: the
 * deployment's hash and the extrinsic's nonce and era are all it needs, so nothing is created twice and nothing is lost.
 */
export interface JournalIntent {
  readonly kind: 'intent'
  /** Unique within the journal. */
  readonly id: string
  readonly extrinsicHash: string
  readonly nonce: number
  readonly validUntilBlock: number
  /** Contracts this extrinsic creates. */
  readonly creates: readonly {
    readonly nodeId: number
    readonly hash: string
    readonly contractType: string
    readonly name: string
  }[]
}

export interface JournalCreated {
  readonly kind: 'created'
  readonly id: string
  readonly contracts: readonly { readonly contractId: string; readonly nodeId: number }[]
}

/** The extrinsic is in no block and never will be, or its outcome needs no more care. */
export interface JournalSettled {
  readonly kind: 'settled'
  readonly id: string
}

export type JournalRecord = JournalIntent | JournalCreated | JournalSettled

export interface Journal {
  /** Returns once the record would survive SIGKILL. */
  append(record: JournalRecord): Promise<void>
  /** All records, oldest first. */
  read(): Promise<readonly JournalRecord[]>
}

/** A journal that lives as long as the process: for grids that do too. */
export function memoryJournal(): Journal {
  const records: JournalRecord[] = []
  return {
    append: async record => {
      records.push(record)
    },
    read: async () => records,
  }
}

/** Intents whose outcome is not known yet. */
export function openIntents(records: readonly JournalRecord[]): readonly JournalIntent[] {
  const closed = new Set(records.filter(record => record.kind !== 'intent').map(record => record.id))
  return records.filter((record): record is JournalIntent => record.kind === 'intent' && !closed.has(record.id))
}
