/**
 * The two signature schemes of the grid, by @polkadot/wasm-crypto.
 *
 * Used directly and not through @polkadot/util-crypto, whose sr25519 is plain JavaScript since version 14: measured on
 * one core, 9,000 signatures a second here and 1,250 there. The pair is derived once and kept.
 */
import { InputError } from '../../errors/input.js'
import type { KeyType } from '../identity.js'

type Wasm = typeof import('@polkadot/wasm-crypto')

interface Curve {
  /** The pair of a 32-byte seed. */
  derive(seed: Uint8Array): Pair
  /** False for anything that is not a valid signature, keys and signatures of wrong lengths included. */
  verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean
}

export interface Pair {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

export type Curves = Readonly<Record<KeyType, Curve>>

const SECRET_BYTES = 64
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/** Loads the WebAssembly, about 100 ms the first time. */
export async function loadCurves(): Promise<Curves> {
  const wasm = await import('@polkadot/wasm-crypto')
  if (!(await wasm.waitReady())) {
    throw new InputError('INPUT_KEY', 'the signature code cannot be loaded: this runtime has no WebAssembly')
  }
  return { sr25519: sr25519(wasm), ed25519: ed25519(wasm) }
}

function sr25519(wasm: Wasm): Curve {
  return {
    derive: seed => {
      const full = wasm.sr25519KeypairFromSeed(seed)
      const secret = full.slice(0, SECRET_BYTES)
      const publicKey = full.slice(SECRET_BYTES)
      return { publicKey, sign: message => wasm.sr25519Sign(publicKey, secret, message) }
    },
    verify: (message, signature, publicKey) =>
      wellFormed(signature, publicKey) && attempt(() => wasm.sr25519Verify(signature, message, publicKey)),
  }
}

function ed25519(wasm: Wasm): Curve {
  return {
    derive: seed => {
      const secret = seed.slice()
      const publicKey = wasm.ed25519KeypairFromSeed(seed).slice(KEY_BYTES)
      return { publicKey, sign: message => wasm.ed25519Sign(publicKey, secret, message) }
    },
    verify: (message, signature, publicKey) =>
      wellFormed(signature, publicKey) && attempt(() => wasm.ed25519Verify(signature, message, publicKey)),
  }
}

function wellFormed(signature: Uint8Array, publicKey: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && publicKey.length === KEY_BYTES
}

/** The code traps on some bytes that are no point of the curve; that is a no. */
function attempt(verify: () => boolean): boolean {
  try {
    return verify()
  } catch {
    return false
  }
}
