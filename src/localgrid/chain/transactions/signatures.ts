/** Signature checks of the three kinds an account may use. */
import { toHex } from '../../../core/hex.js'
import type { multiSignature } from '../runtime/primitives.js'
import type { ValueOf } from '../scale/type.js'
import { blake256 } from '../state/hash.js'

export interface SignatureChecker {
  /** True when the account (64 hex digits) signed the message. Never throws. */
  verify(account: Uint8Array, message: Uint8Array, signature: ValueOf<typeof multiSignature>): boolean
}

/** Loads the verifier (WebAssembly); one for all chains of a process. */
export async function loadSignatures(): Promise<SignatureChecker> {
  const crypto = await import('@polkadot/wasm-crypto')
  await crypto.waitReady()
  return {
    verify: (account, message, { kind, value }) => {
      try {
        switch (kind) {
          case 'Sr25519':
            return crypto.sr25519Verify(value, message, account)
          case 'Ed25519':
            return crypto.ed25519Verify(value, message, account)
          case 'Ecdsa': {
            const key = crypto.secp256k1Recover(blake256(message), value.subarray(0, 64), value[64] as number)
            return toHex(blake256(crypto.secp256k1Compress(key))) === toHex(account)
          }
        }
      } catch {
        return false // a point that is none, a recovery that fails: not this account's signature
      }
    },
  }
}
