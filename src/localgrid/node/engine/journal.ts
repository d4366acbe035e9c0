/** The state of one node and its record in the store: written first, then applied. */
import { LocalGridError } from '../../../errors/localgrid.js'
import type { Store } from '../../ports.js'
import { isNodeRecord, type NodeRecord } from './records.js'
import { NodeState } from './state.js'

/** Logs are rewritten at start when they are this many times longer than they need to be. */
const COMPACTION_FACTOR = 4
const COMPACTION_FLOOR = 256

export class Journal {
  readonly state = new NodeState()
  readonly #store: Store
  readonly #topic: string

  constructor(store: Store, topic: string) {
    this.#store = store
    this.#topic = topic
    const records = store.read(topic)
    for (const [index, record] of records.entries()) this.#replay(record, index)
    if (records.length < COMPACTION_FLOOR) return
    const compacted = this.state.compacted()
    if (records.length > compacted.length * COMPACTION_FACTOR) store.rewrite(topic, compacted)
  }

  /** A record that makes no sense would be followed by wrong ones: better no node than one that lies. */
  #replay(record: unknown, index: number): void {
    try {
      if (!isNodeRecord(record)) throw new TypeError('not a record of a node')
      this.state.apply(record)
    } catch (cause) {
      throw new LocalGridError('LOCALGRID_DATA', `record ${index + 1} of ${this.#topic} cannot be read`, {
        hint: 'the folder is damaged or of another version: start with an empty one',
        cause,
      })
    }
  }

  /** Returns when the record cannot be lost any more. */
  write(record: NodeRecord): void {
    this.#store.append(this.#topic, record)
    this.state.apply(record)
  }
}
