/**
 * What the transaction pool means by its errors. Source: polkadot-sdk, substrate/client/rpc-api/src/author/error.rs and
 * sp_runtime::transaction_validity; texts as TFChain sends them.
 */
import { type ChainCode, ChainError } from '../../../errors/chain.js'
import type { RpcError } from '../wire/rpc-error.js'

export type Rejection =
  | { readonly kind: 'known' } // these very bytes are in the pool already
  | { readonly kind: 'nonce' } // the nonce is used, or about to be
  | { readonly kind: 'signature' } // also what a runtime upgrade in between looks like
  | { readonly kind: 'refused'; readonly error: ChainError }

const ALREADY_IMPORTED = 1013
const PRIORITY_TOO_LOW = 1014

const TEXTS: readonly { matches: RegExp; code: ChainCode; message: string; hint: string }[] = [
  {
    matches: /inability to pay some fees/i,
    code: 'CHAIN_FUNDS',
    message: 'the account cannot pay the fee of the extrinsic',
    hint: 'send TFT to the account; an ordinary call costs about 0.001 TFT',
  },
  {
    matches: /ancient birth block/i,
    code: 'CHAIN_REJECTED',
    message: 'the chain does not know the block the extrinsic counts from',
    hint: 'run it again',
  },
  {
    matches: /exhaust the (block limits|resources)/i,
    code: 'CHAIN_REJECTED',
    message: 'the extrinsic is too heavy for a block',
    hint: 'submit fewer calls at once',
  },
  {
    matches: /immediately dropped|pool is full|max.*limit/i,
    code: 'CHAIN_REJECTED',
    message: "the chain's transaction pool is full",
    hint: 'run it again in a while',
  },
]

export function readRejection(error: RpcError, account: string): Rejection {
  const { rpcCode, rpcMessage, rpcData } = error
  const said = `${rpcMessage} ${rpcData}`
  if (rpcCode === ALREADY_IMPORTED || /already imported/i.test(said)) return { kind: 'known' }
  if (rpcCode === PRIORITY_TOO_LOW || /outdated|stale|priority is too low/i.test(said)) return { kind: 'nonce' }
  if (/bad signature|bad proof/i.test(said)) return { kind: 'signature' }

  const known = TEXTS.find(({ matches }) => matches.test(said))
  return {
    kind: 'refused',
    error: new ChainError(
      known?.code ?? 'CHAIN_REJECTED',
      known?.message ?? `the chain did not take the extrinsic: ${rpcMessage}${rpcData === '' ? '' : ` (${rpcData})`}`,
      { hint: known?.hint, where: account, details: { rpcCode, rpcMessage, rpcData }, cause: error },
    ),
  }
}

export function nonceError(account: string, nonce: number, cause?: unknown): ChainError {
  return new ChainError('CHAIN_NONCE', `nonce ${nonce} of the account was used by another extrinsic`, {
    where: account,
    hint: 'another program writes with the same account at the same time; nothing was written here, run it again',
    details: { nonce },
    cause,
  })
}

export function signatureError(account: string, cause?: unknown): ChainError {
  return new ChainError('CHAIN_REJECTED', "the chain does not accept the extrinsic's signature", {
    where: account,
    hint: 'the chain may be another one than the address promises, or its runtime is newer than this release',
    cause,
  })
}
