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

/** Above so many records a journal in memory keeps only what is still of use. */
const MOST_IN_MEMORY = 1_000
/** Newest contracts that are remembered: longer than an explorer lags behind, and bounded. */
const CONTRACTS_KEPT = 2_000

/** A journal that lives as long as the process: for grids that do too. */
export function memoryJournal(): Journal {
  let records: readonly JournalRecord[] = []
  return {
    append: async record => {
      records = records.length < MOST_IN_MEMORY ? [...records, record] : [...stillOfUse(records), record]
    },
    read: async () => records,
  }
}

/** Intents whose outcome is not known yet, each once. */
export function openIntents(records: readonly JournalRecord[]): readonly JournalIntent[] {
  const closed = new Set(records.filter(record => record.kind !== 'intent').map(record => record.id))
  const open = records.flatMap(record => (record.kind === 'intent' && !closed.has(record.id) ? [record] : []))
  return [...new Map(open.map(intent => [intent.id, intent])).values()]
}

/** Contracts that were created not long ago, which an explorer may not list yet. */
export function journaledContracts(records: readonly JournalRecord[]): readonly bigint[] {
  return records.flatMap(record =>
    record.kind === 'created' ? record.contracts.map(({ contractId }) => BigInt(contractId)) : [],
  )
}

/** The records without those that are settled or long known to every explorer. */
export function stillOfUse(records: readonly JournalRecord[]): readonly JournalRecord[] {
  const kept: JournalRecord[] = []
  let contracts = 0
  for (const record of [...records].reverse()) {
    if (record.kind !== 'created' || record.contracts.length === 0) continue
    contracts += record.contracts.length
    if (contracts > CONTRACTS_KEPT && kept.length > 0) break
    kept.push(record)
  }
  return [...kept.reverse(), ...openIntents(records)]
}

/** A file may hold anything; what is no record is no news. */
export function isJournalRecord(value: unknown): value is JournalRecord {
  if (!isObject(value) || typeof value.id !== 'string') return false
  switch (value.kind) {
    case 'settled':
      return true
    case 'created':
      return (
        Array.isArray(value.contracts) &&
        value.contracts.every(contract => isObject(contract) && /^\d{1,20}$/.test(String(contract.contractId)))
      )
    case 'intent':
      return (
        Number.isSafeInteger(value.nonce) &&
        Number.isSafeInteger(value.validUntilBlock) &&
        Array.isArray(value.creates) &&
        value.creates.every(
          made => isObject(made) && typeof made.hash === 'string' && Number.isSafeInteger(made.nodeId),
        )
      )
    default:
      return false
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
