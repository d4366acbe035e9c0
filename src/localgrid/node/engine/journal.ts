/** The state of one node and its record in the store: written first, then applied. */
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
    const records = store.read(topic).filter(isNodeRecord)
    for (const record of records) this.state.apply(record)
    if (records.length < COMPACTION_FLOOR) return
    const compacted = this.state.compacted()
    if (records.length > compacted.length * COMPACTION_FACTOR) store.rewrite(topic, compacted)
  }

  write(record: NodeRecord): void {
    this.#store.append(this.#topic, record)
    this.state.apply(record)
  }
}
