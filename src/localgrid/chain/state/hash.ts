/**
 * The hashes of Substrate storage and blocks: xxHash64 pairs for pallet and item names, BLAKE2b for keys and blocks.
 * xxHash64 after the algorithm's public specification (Cyan4973/xxHash, doc/xxhash_spec.md).
 */
import { blake2b as portableBlake2b } from '@noble/hashes/blake2.js'
import { isReady, blake2b as wasmBlake2b } from '@polkadot/wasm-crypto'

import { concatBytes } from '../../../core/bytes.js'

/** A contract needs some forty of these; WebAssembly does them a hundred times faster, once it is loaded. */
function blake2b(bytes: Uint8Array, length: number): Uint8Array {
  return isReady() ? wasmBlake2b(bytes, NO_KEY, length) : portableBlake2b(bytes, { dkLen: length })
}
const NO_KEY = new Uint8Array()

export const blake256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, 32)
export const blake128 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, 16)

const MASK = (1n << 64n) - 1n
const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const mul = (a: bigint, b: bigint) => (a * b) & MASK
const add = (a: bigint, b: bigint) => (a + b) & MASK
const rotate = (a: bigint, by: bigint) => ((a << by) | (a >> (64n - by))) & MASK
const round = (acc: bigint, lane: bigint) => mul(rotate(add(acc, mul(lane, P2)), 31n), P1)
const merge = (acc: bigint, lane: bigint) => add(mul(acc ^ round(0n, lane), P1), P4)

export function xxHash64(bytes: Uint8Array, seed: bigint): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let acc: bigint

  if (bytes.length >= 32) {
    let lanes = [add(add(seed, P1), P2), add(seed, P2), seed, (seed - P1) & MASK]
    for (; at + 32 <= bytes.length; at += 32) {
      const stripe = at
      lanes = lanes.map((lane, i) => round(lane, view.getBigUint64(stripe + i * 8, true)))
    }
    const turns = [1n, 7n, 12n, 18n]
    acc = lanes.reduce((sum, lane, i) => add(sum, rotate(lane, turns[i] as bigint)), 0n)
    acc = lanes.reduce(merge, acc)
  } else acc = add(seed, P5)

  acc = add(acc, BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8) {
    acc = add(mul(rotate(acc ^ round(0n, view.getBigUint64(at, true)), 27n), P1), P4)
  }
  if (at + 4 <= bytes.length) {
    acc = add(mul(rotate(acc ^ mul(BigInt(view.getUint32(at, true)), P1), 23n), P2), P3)
    at += 4
  }
  for (; at < bytes.length; at++) acc = mul(rotate(acc ^ mul(BigInt(bytes[at] as number), P5), 11n), P1)

  acc = mul(acc ^ (acc >> 33n), P2)
  acc = mul(acc ^ (acc >> 29n), P3)
  return acc ^ (acc >> 32n)
}

/** xxHash64 with seeds 0, 1, … little-endian: 64 bits each. */
function twox(bytes: Uint8Array, words: number): Uint8Array {
  const out = new Uint8Array(words * 8)
  const view = new DataView(out.buffer)
  for (let i = 0; i < words; i++) view.setBigUint64(i * 8, xxHash64(bytes, BigInt(i)), true)
  return out
}

export const twox128 = (bytes: Uint8Array): Uint8Array => twox(bytes, 2)

export const hashers = {
  Blake2_128Concat: (key: Uint8Array) => concatBytes(blake128(key), key),
  Twox64Concat: (key: Uint8Array) => concatBytes(twox(key, 1), key),
  Identity: (key: Uint8Array) => key,
} as const

export type HasherName = keyof typeof hashers

/** How many bytes stand before the key itself. */
export const hasherPrefixBytes: Readonly<Record<HasherName, number>> = {
  Blake2_128Concat: 16,
  Twox64Concat: 8,
  Identity: 0,
}
