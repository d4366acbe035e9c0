/** How the journal of an upload is written: a line for a block that is begun, one for a shard that is acknowledged. Pure. */
import { fromHex, toHex } from '../../core/hex.js'

export interface JournalBlock {
  /** Hash of the content's hash: says whether the content is still the same, but opens nothing. */
  readonly contentDigest: Uint8Array
  readonly encryptedHash: Uint8Array
  readonly nonce: Uint8Array
  /** Indexes of shards that their places have acknowledged. */
  readonly acknowledged: ReadonlySet<number>
}

export interface JournalEntry extends JournalBlock {
  readonly acknowledged: Set<number>
}

export function blockLine(index: number, block: Omit<JournalBlock, 'acknowledged'>): string {
  const { contentDigest, encryptedHash, nonce } = block
  return line({ b: index, d: toHex(contentDigest), e: toHex(encryptedHash), n: toHex(nonce) })
}

/** The hash says to which sealing the shard belongs, should two processes upload the same file at once. */
export function shardLine(
  index: number,
  shard: number,
  { encryptedHash }: Pick<JournalBlock, 'encryptedHash'>,
): string {
  return line({ a: index, s: shard, e: toHex(encryptedHash.subarray(0, 8)) })
}

/** What a text says, and the same without what no longer holds. Half a line, as a process leaves it that is killed, says
 * nothing: what it would have said is found out anew. */
export function readLines(text: string): { readonly blocks: Map<number, JournalEntry>; readonly shortest: string } {
  const blocks = new Map<number, JournalEntry>()
  for (const each of text.split('\n')) readLine(each, blocks)
  const shortest = [...blocks]
    .flatMap(([index, block]) => [
      blockLine(index, block),
      ...[...block.acknowledged].map(shard => shardLine(index, shard, block)),
    ])
    .join('')
  return { blocks, shortest }
}

function line(fields: object): string {
  return `${JSON.stringify(fields)}\n`
}

function readLine(text: string, blocks: Map<number, JournalEntry>): void {
  if (text === '') return
  try {
    const { a, b, d, e, n, s } = JSON.parse(text) as Readonly<Record<string, unknown>>
    if (typeof b === 'number') {
      const [contentDigest, encryptedHash, nonce] = [d, e, n].map(hex => fromHex(String(hex)))
      if (contentDigest?.length && encryptedHash?.length && nonce?.length === 12) {
        blocks.set(b, { contentDigest, encryptedHash, nonce, acknowledged: new Set() })
      }
    } else if (typeof a === 'number' && typeof s === 'number') {
      const entry = blocks.get(a)
      if (entry && toHex(entry.encryptedHash).startsWith(String(e))) entry.acknowledged.add(s)
    }
  } catch {
    // No line of ours.
  }
}
