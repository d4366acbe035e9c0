/**
 * One block out of any k of its n shards.
 *
 * Shards carry no hash of their own: that one is wrong shows when the block's hash does not fit. Then one more shard is
 * fetched and other choices of k are tried, until a choice gives the block's hash; the shards that do not agree with it
 * are the wrong ones.
 */
import { concatBytes, equalBytes } from '../../core/bytes.js'
import { CdnError } from '../../errors/cdn.js'
import { type Hasher, loadHasher, openSealed, TAG_BYTES } from '../crypto/index.js'
import { type Codec, createCodec } from '../erasure/index.js'
import type { Block } from '../meta/index.js'
import { placeName, placeOf } from './place.js'
import { paddedBytes, unpad } from './sealed-bytes.js'
import { ShardRace, type ShardRaceOptions } from './shard-race.js'
import { subsetsOf } from './subsets.js'

export interface WrongShard {
  readonly shard: number
  readonly place: string
}

export interface BlockReaderOptions extends Omit<ShardRaceOptions, 'mostShardBytes'> {
  /** Hears of every shard that was found to be wrong, once a block. */
  readonly onWrongShard?: ((wrong: WrongShard & { readonly block: number }) => void) | undefined
}

/** What is known of a block after it was read. */
export interface SealedBlock {
  readonly sealed: Uint8Array
  readonly codec: Codec
  /** The shards it was made of. */
  readonly choice: readonly number[]
  /** Every shard that arrived, wrong ones included. */
  readonly shards: ReadonlyMap<number, Uint8Array>
  readonly wrong: readonly WrongShard[]
}

/** More choices than that are not tried for one block. */
const MOST_CHOICES = 5_000

/** The plain bytes of a block, checked against its hashes.
 *
 * @param index names the block in errors
 * @throws {CdnError} CDN_SHARDS, CDN_HASH, CDN_META
 */
export async function readBlock(block: Block, index: number, options: BlockReaderOptions): Promise<Uint8Array> {
  const race = new ShardRace(block, { ...options, mostShardBytes: mostShardBytes(block) })
  try {
    const { sealed } = await readSealed(block, index, race, options)
    return await openBlock(block, index, sealed)
  } finally {
    race.close()
  }
}

/** Opens sealed bytes whose hash was checked. @throws {CdnError} CDN_HASH */
export async function openBlock(block: Block, index: number, sealed: Uint8Array): Promise<Uint8Array> {
  const plain = await openSealed({ key: block.contentHash, nonce: block.nonce, sealed })
  const hasher = await loadHasher()
  if (plain === undefined || !equalBytes(hasher.hash(plain, block.contentHash.length), block.contentHash)) {
    throw new CdnError('CDN_HASH', `block ${index} does not open to the content its metadata names`, {
      details: { block: index },
    })
  }
  return plain
}

/** The sealed bytes of a block, out of a race that may go on afterwards. */
export async function readSealed(
  block: Block,
  index: number,
  race: ShardRace,
  options: Pick<BlockReaderOptions, 'latency' | 'onWrongShard'>,
): Promise<SealedBlock> {
  const required = block.requiredShards
  const total = block.shards.length
  if (required < 1 || required > total || total > 256) {
    throw new CdnError('CDN_META', `block ${index} wants ${required} of ${total} shards, which no code gives`, {
      details: { field: `blocks[${index}].requiredShards` },
    })
  }
  const [hasher, codec] = await Promise.all([loadHasher(), createCodec({ required, total })])
  const tried = new Set<string>()
  let choices = 0

  for (let wanted = required; ; wanted = race.shards.size + 1) {
    if (!(await race.until(wanted))) throw tooFew(block, index, race, choices)
    for (const choice of choicesOf(race.shards, required)) {
      const name = choice.join()
      if (tried.has(name)) continue
      tried.add(name)
      if (++choices > MOST_CHOICES) throw tooFew(block, index, race, choices)
      const padded = assemble(choice, race.shards, codec, required)
      const sealed = unpad(padded, required)
      if (sealed === undefined || !fits(hasher, sealed, block)) continue

      const wrong = wrongAmong(block, choice, race.shards, codec)
      for (const one of wrong) {
        options.latency.failed(one.place)
        options.onWrongShard?.({ ...one, block: index })
      }
      return { sealed, codec, choice, shards: race.shards, wrong }
    }
  }
}

/** Bytes of the largest shard that a block of this length can have. */
export function mostShardBytes(block: Block): number {
  const plainBytes = Math.max(0, block.endOffset - block.startOffset + 1)
  return Math.ceil(
    paddedBytes(plainBytes + TAG_BYTES, Math.max(1, block.requiredShards)) / Math.max(1, block.requiredShards),
  )
}

/** Choices of shards of one length, data shards first: they need no decoding. */
function* choicesOf(shards: ReadonlyMap<number, Uint8Array>, required: number): Generator<readonly number[]> {
  const byLength = new Map<number, number[]>()
  for (const [index, { length }] of shards) byLength.set(length, [...(byLength.get(length) ?? []), index])
  for (const indexes of byLength.values()) {
    yield* subsetsOf(
      indexes.sort((a, b) => a - b),
      required,
    )
  }
}

function assemble(
  choice: readonly number[],
  shards: ReadonlyMap<number, Uint8Array>,
  codec: Codec,
  required: number,
): Uint8Array {
  const data = Array.from({ length: required }, (_, i) => (choice.includes(i) ? shards.get(i) : undefined))
  const missing = data.flatMap((shard, i) => (shard === undefined ? [i] : []))
  if (missing.length > 0) {
    rebuild(codec, choice, shards, missing).forEach((shard, i) => {
      data[missing[i] as number] = shard
    })
  }
  return concatBytes(...(data as Uint8Array[]))
}

/** Shards `wanted` as the chosen ones make them. */
export function rebuild(
  codec: Codec,
  choice: readonly number[],
  shards: ReadonlyMap<number, Uint8Array>,
  wanted: readonly number[],
): readonly Uint8Array[] {
  const known = Array.from({ length: codec.total }, (_, i) => (choice.includes(i) ? shards.get(i) : undefined))
  return codec.reconstruct(known, wanted)
}

/** Which of the shards that arrived are not what the good choice makes them. */
function wrongAmong(
  block: Block,
  choice: readonly number[],
  shards: ReadonlyMap<number, Uint8Array>,
  codec: Codec,
): readonly WrongShard[] {
  const others = [...shards.keys()].filter(index => !choice.includes(index))
  if (others.length === 0) return []
  const right = rebuild(codec, choice, shards, others)
  return others
    .filter((index, i) => Buffer.compare(right[i] as Uint8Array, shards.get(index) as Uint8Array) !== 0)
    .map(shard => ({ shard, place: placeName(placeOf(block.shards[shard] as Block['shards'][number])) }))
}

function fits(hasher: Hasher, sealed: Uint8Array, block: Block): boolean {
  return equalBytes(hasher.hash(sealed, block.encryptedHash.length), block.encryptedHash)
}

function tooFew(block: Block, index: number, race: ShardRace, choices: number): CdnError {
  const { requiredShards: needed } = block
  const arrived = race.shards.size
  const message =
    arrived < needed
      ? `block ${index} needs ${needed} shards and ${arrived} can be had`
      : `block ${index} cannot be made of any ${needed} of its ${arrived} shards: too many are wrong`
  return new CdnError('CDN_SHARDS', message, {
    hint: arrived < needed ? 'its places may be back later' : 'mycdnctl verify names what is wrong',
    details: { block: index, good: arrived, needed, choices, places: race.failures },
  })
}
