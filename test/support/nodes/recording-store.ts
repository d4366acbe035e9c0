/** A store that keeps what is written, so that a test can start again from any prefix of it. */
import type { Store } from '../../../src/localgrid/ports.js'

export class RecordingStore implements Store {
  readonly topics = new Map<string, unknown[]>()

  constructor(topics: ReadonlyMap<string, readonly unknown[]> = new Map()) {
    for (const [topic, records] of topics) this.topics.set(topic, [...records])
  }

  read(topic: string): readonly unknown[] {
    return [...(this.topics.get(topic) ?? [])]
  }

  append(topic: string, record: unknown): void {
    const records = this.topics.get(topic) ?? []
    records.push(structuredClone(record))
    this.topics.set(topic, records)
  }

  rewrite(topic: string, records: readonly unknown[]): void {
    this.topics.set(topic, [...records])
  }

  close(): void {}
}
