import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type ChainCode =
  | 'CHAIN_UNREACHABLE'
  | 'CHAIN_DISPATCH' // a pallet refused the call; details: {pallet, error, callIndex?, call?}
  | 'CHAIN_REJECTED' // the pool refused the extrinsic: bad signature, era, nonce
  | 'CHAIN_FUNDS' // cannot pay the fee
  | 'CHAIN_NONCE'
  | 'CHAIN_LOST' // sent, but in no block before its era ended
  | 'CHAIN_REPLY' // an answer that is not what it must be
  | 'CHAIN_CLOSED'

export class ChainError extends HyphaeError {
  constructor(
    override readonly code: ChainCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
