/** Blocks as far as finding an extrinsic in them needs: their place and the hashes of what they hold. */
import { blake2b } from '@noble/hashes/blake2.js'

import type { Deadline } from '../../core/deadline.js'
import { fromHex, toHex } from '../../core/hex.js'
import { ChainError } from '../../errors/chain.js'
import { hex } from './runtime.js'
import type { Rpc } from './wire/rpc.js'

export interface Block {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** In the order of the block. */
  readonly extrinsicHashes: readonly string[]
}

const HASH = /^0x[0-9a-f]{64}$/
const BYTES = /^0x([0-9a-f]{2})*$/

/** Hash of the block at this height of the best chain; undefined above it. */
export async function blockHashAt(rpc: Rpc, number: number, deadline: Deadline): Promise<string | undefined> {
  const hash = await rpc.ask('chain_getBlockHash', [number], deadline)
  return hash === null ? undefined : hex(hash, HASH, 'the hash of a block')
}

/** Undefined when the chain does not know the block (any more). */
export async function blockOf(rpc: Rpc, hash: string, deadline: Deadline): Promise<Block | undefined> {
  const answer = await rpc.ask('chain_getBlock', [hash], deadline)
  if (answer === null) return undefined
  const block = (answer as { block?: { header?: { parentHash?: unknown }; extrinsics?: unknown } }).block
  if (!Array.isArray(block?.extrinsics)) throw new ChainError('CHAIN_REPLY', 'a block is not what it must be')
  return {
    number: blockNumber(block.header),
    hash,
    parentHash: hex(block.header?.parentHash, HASH, 'the parent of a block'),
    extrinsicHashes: block.extrinsics.map(extrinsic => extrinsicHash(hex(extrinsic, BYTES, 'an extrinsic'))),
  }
}

/** The number in a header. */
export function blockNumber(header: unknown): number {
  const number = (header as { number?: unknown } | null)?.number
  return Number(BigInt(hex(number, /^0x[0-9a-f]{1,8}$/, 'the number of a block')))
}

/** What an extrinsic is known by: BLAKE2b-256 of its bytes, as `0x…`. */
export function extrinsicHash(bytes: string): string {
  return `0x${toHex(blake2b(fromHex(bytes, 'an extrinsic'), { dkLen: 32 }))}`
}
