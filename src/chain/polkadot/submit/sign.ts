/** Signing: calls, a nonce and a block to count from become the bytes that are sent, and what they are known by. */
import { concatBytes } from '../../../core/bytes.js'
import { toHex } from '../../../core/hex.js'
import type { Signer } from '../../identity.js'
import { extrinsicHash } from '../blocks.js'
import type { Extrinsic } from '../calls.js'
import type { Runtime } from '../runtime.js'

/** Blocks in which an extrinsic may be included, counted from the one it refers to. */
const ERA_BLOCKS = 64

/** Index of the scheme in MultiSignature. */
const SCHEME = { ed25519: 0, sr25519: 1 } as const

export interface Reference {
  readonly number: number
  readonly hash: string
}

export interface SignedExtrinsic {
  /** `0x…`, as it is sent. */
  readonly bytes: string
  readonly hash: string
  readonly nonce: number
  /** It can be in no block up to this one. */
  readonly afterBlock: number
  /** The last block that may include it. */
  readonly validUntilBlock: number
}

export function signExtrinsic(
  runtime: Runtime,
  extrinsic: Extrinsic,
  signer: Signer,
  { nonce, reference }: { nonce: number; reference: Reference },
): SignedExtrinsic {
  const { api, genesisHash } = runtime
  // The api hands the payload, already hashed when it is long, to whatever has a key pair's two members.
  const pair = {
    address: signer.address,
    addressRaw: signer.publicKey,
    sign: (message: Uint8Array) => concatBytes(Uint8Array.of(SCHEME[signer.keyType]), signer.sign(message)),
  }
  extrinsic.sign(pair as unknown as Parameters<Extrinsic['sign']>[0], {
    blockHash: reference.hash,
    era: api.registry.createType('ExtrinsicEra', { current: reference.number, period: ERA_BLOCKS }),
    genesisHash,
    nonce,
    runtimeVersion: api.runtimeVersion,
    tip: 0,
  })
  const bytes = `0x${toHex(extrinsic.toU8a())}`
  return {
    bytes,
    hash: extrinsicHash(bytes),
    nonce,
    afterBlock: reference.number,
    validUntilBlock: reference.number + ERA_BLOCKS - 1,
  }
}
