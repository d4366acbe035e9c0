/**
 * AES-GCM as the content network uses it: 128 or 256 bits, a 12-byte nonce, the 16-byte tag behind the sealed bytes, no
 * additional data. By OpenSSL in Node, by WebCrypto in a browser.
 */

import { once } from '../../core/once.js'
import { InputError } from '../../errors/input.js'
import { isNode } from './is-node.js'

export const TAG_BYTES = 16

export interface Sealing {
  /** 16 bytes: AES-128; 32 bytes: AES-256. */
  readonly key: Uint8Array
  /** 12 bytes, never used twice with one key for different content. */
  readonly nonce: Uint8Array
  readonly plain: Uint8Array
  /** Where to put the result; a new array when absent. It may be larger, and must not overlap `plain`. */
  readonly into?: Uint8Array | undefined
  /** Is given the result piece by piece, in order, while each is in the cache of the core: to hash it. A piece is to be
   * used at once and not kept. */
  readonly onPiece?: ((piece: Uint8Array) => void) | undefined
}

export interface Opening {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  /** Sealed bytes and tag. */
  readonly sealed: Uint8Array
  /** Where to put the result; a new array when absent. It may be larger, and must not overlap `sealed`. */
  readonly into?: Uint8Array | undefined
}

/** What does the work. Inputs were checked, and `into` has exactly the length of the result. */
export interface Aead {
  readonly implementation: 'node' | 'webcrypto'
  seal(sealing: Sealing & { readonly into: Uint8Array }): void | Promise<void>
  /** False when the tag does not fit; `into` is then all zeros. */
  open(opening: Required<Opening> & { readonly into: Uint8Array }): boolean | Promise<boolean>
}

export interface AeadOptions {
  /** `any` (the default) is the fastest there is. */
  readonly implementation?: Aead['implementation'] | 'any'
}

const loaders = {
  node: once<Aead>(async () => (await import('./aead-node.js')).createNodeAead()),
  webcrypto: once<Aead>(async () => (await import('./aead-webcrypto.js')).webcryptoAead),
}

/** `plain` sealed, and the tag: 16 bytes more. A view of `into` when that is given.
 *
 * @throws {InputError} INPUT_KEY for lengths that AES-GCM does not have
 * @example await seal({ key: hasher.hash(chunk, 32), nonce, plain: chunk })
 */
export async function seal(sealing: Sealing, options?: AeadOptions): Promise<Uint8Array> {
  const { key, nonce, plain, onPiece } = sealing
  checkLengths(key, nonce)
  const into = room(sealing.into, plain.length + TAG_BYTES)
  const aead = await load(options)
  await aead.seal({ key, nonce, plain, into, onPiece })
  return into
}

/** The plain bytes, or undefined when key, nonce or bytes are not those that were sealed. A view of `into` when given.
 *
 * @throws {InputError} INPUT_KEY for lengths that AES-GCM does not have
 */
export async function openSealed(opening: Opening, options?: AeadOptions): Promise<Uint8Array | undefined> {
  const { key, nonce, sealed } = opening
  checkLengths(key, nonce)
  if (sealed.length < TAG_BYTES) return undefined
  const into = room(opening.into, sealed.length - TAG_BYTES)
  const aead = await load(options)
  return (await aead.open({ key, nonce, sealed, into })) ? into : undefined
}

function load({ implementation = 'any' }: AeadOptions = {}): Promise<Aead> {
  return loaders[implementation === 'any' ? (isNode() ? 'node' : 'webcrypto') : implementation]()
}

function checkLengths(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== 16 && key.length !== 32) {
    throw new InputError('INPUT_KEY', `a key of AES has 16 or 32 bytes here, not ${key.length}`)
  }
  if (nonce.length !== 12) throw new InputError('INPUT_KEY', `a nonce has 12 bytes, not ${nonce.length}`)
}

function room(into: Uint8Array | undefined, length: number): Uint8Array {
  if (!into) return new Uint8Array(length)
  if (into.length < length) {
    throw new InputError('INPUT_OPTION', `the result needs ${length} bytes, and there is room for ${into.length}`)
  }
  return into.subarray(0, length)
}
