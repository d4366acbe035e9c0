/** Whether an extrinsic may enter the pool, and the words of the refusal (substrate client/rpc-api, author errors). */

import { fromHex } from '../../../core/hex.js'
import type { History } from '../blocks/history.js'
import { account } from '../pallets/system.js'
import type { Executive } from '../runtime/executive.js'
import { eraBirth } from '../runtime/primitives.js'
import { ScaleError } from '../scale/reader.js'
import type { StateReader } from '../state/overlay.js'
import { decodeExtrinsic, ExtrinsicFormatError, LookupError, type SignedExtrinsic, signedPayload } from './extrinsic.js'

/** A refusal with the code and texts that clients match on. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(
    readonly code: number,
    message: string,
    readonly data?: string,
  ) {
    super(message)
  }

  static invalid(data: string): Refusal {
    return new Refusal(1010, 'Invalid Transaction', data)
  }
}

export const refusals = {
  stale: () => Refusal.invalid('Transaction is outdated'),
  badProof: () => Refusal.invalid('Transaction has a bad signature'),
  ancient: () => Refusal.invalid('Transaction has an ancient birth block'),
  payment: () => Refusal.invalid('Inability to pay some fees , e.g. account balance too low'),
  exhausts: () => Refusal.invalid('Transaction would exhaust the block limits'),
  call: () => Refusal.invalid('Transaction call is not expected'),
  lookup: () =>
    new Refusal(
      1011,
      'Unknown Transaction Validity',
      'Could not lookup information required to validate the transaction',
    ),
  imported: (hash: string) => new Refusal(1013, 'Transaction Already Imported', `0x${hash}`),
  lowPriority: () =>
    new Refusal(
      1014,
      'Priority is too low: (0 vs 0)',
      'The transaction has too low priority to replace another transaction already in the pool.',
    ),
  full: () => new Refusal(1016, 'Immediately Dropped', "The transaction couldn't enter the pool because of the limit"),
} as const

/** Three quarters of a block of 5 MiB. */
export const MAX_EXTRINSIC_BYTES = Math.floor(5 * 1024 * 1024 * 0.75)

/** @throws {Refusal} */
export function parseExtrinsic(bytes: Uint8Array): SignedExtrinsic {
  if (bytes.length > MAX_EXTRINSIC_BYTES) throw refusals.exhausts()
  try {
    const extrinsic = decodeExtrinsic(bytes)
    if (extrinsic.kind === 'unsigned') throw refusals.call()
    return extrinsic
  } catch (error) {
    if (error instanceof Refusal) throw error
    if (error instanceof ExtrinsicFormatError) throw new Refusal(1001, 'Extrinsic has invalid format', error.message)
    if (error instanceof LookupError) throw refusals.lookup()
    if (error instanceof ScaleError) {
      throw new Refusal(1002, `Verification Error: Runtime error: cannot decode the extrinsic: ${error.message}`)
    }
    throw error
  }
}

/** Checks in the order of the signed extensions; the nonce may lie in the future. @throws {Refusal} */
export function validate(
  extrinsic: SignedExtrinsic,
  chain: { readonly state: StateReader; readonly history: History; readonly genesisHash: string },
  executive: Executive,
): void {
  const { history, state } = chain
  const birthNumber = extrinsic.era ? eraBirth(extrinsic.era, history.head.number + 1) : 0
  const birth = extrinsic.era ? history.byNumber(birthNumber)?.hash : chain.genesisHash
  if (birth === undefined) throw refusals.ancient()

  const message = signedPayload(extrinsic, chain.genesisHash, birth)
  const key = fromHex(extrinsic.account)
  if (!executive.signatures.verify(key, message, extrinsic.signature)) throw refusals.badProof()
  // The account nobody has a key for (its secret would be zero) may not send.
  if (/^0+$/.test(extrinsic.account)) throw refusals.badProof()

  if (extrinsic.nonce < account.get(state, extrinsic.account).nonce) throw refusals.stale()
  if (!executive.canPay(state, extrinsic)) throw refusals.payment()
}

/** The last block an extrinsic may be in. */
export function lastBlockOf(extrinsic: SignedExtrinsic, current: number): number {
  return extrinsic.era ? eraBirth(extrinsic.era, current) + extrinsic.era.period - 1 : Number.POSITIVE_INFINITY
}
