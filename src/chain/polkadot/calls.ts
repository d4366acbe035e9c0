/**
 * The calls of the port as the chain's calls. Everything is checked here, before anything is signed.
 *
 * Bytes are always handed over as a codec: plain text that begins with 0x would be read as hex, and plain byte arrays
 * as SCALE with their length in front.
 */
import type { SubmittableExtrinsic } from '@polkadot/api/types'
import type { Codec, Registry } from '@polkadot/types/types'

import { concatBytes, utf8 } from '../../core/bytes.js'
import { ChainError } from '../../errors/chain.js'
import { InputError } from '../../errors/input.js'
import { publicKeyOf } from '../keys/ss58.js'
import type { ChainCall } from '../port.js'
import type { Runtime } from './runtime.js'

/** What fits into a block with room to spare; the callers split longer lists (plan/ports.ts). */
const MAX_CALLS = 400

/** Calls that later versions of a pallet have under another name only. */
const SUCCESSORS: Readonly<Record<string, string>> = { transfer: 'transferAllowDeath' }

export type Extrinsic = SubmittableExtrinsic<'promise'>

/** One call alone, several as one `utility.batchAll`.
 *
 * @throws {InputError} INPUT_OPTION names the call that cannot be made
 */
export function buildExtrinsic({ api }: Runtime, calls: readonly ChainCall[]): Extrinsic {
  if (calls.length === 0) throw new InputError('INPUT_OPTION', 'there is no call to submit')
  if (calls.length > MAX_CALLS) {
    throw new InputError('INPUT_OPTION', `${calls.length} calls do not fit into one batch, ${MAX_CALLS} do`)
  }
  const built = calls.map((call, index) => {
    const { pallet, method, args } = translate(call, api.registry, index)
    const found = api.tx[pallet]?.[method] ?? api.tx[pallet]?.[SUCCESSORS[method] ?? '']
    return invoke(found, `${pallet}.${method}`, args)
  })
  return built.length === 1 ? (built[0] as Extrinsic) : invoke(api.tx.utility?.batchAll, 'utility.batchAll', [built])
}

interface Translated {
  readonly pallet: string
  readonly method: string
  readonly args: readonly unknown[]
}

function translate(call: ChainCall, registry: Registry, index: number): Translated {
  const contracts = (method: string, ...args: unknown[]) => ({ pallet: 'smartContractModule', method, args })
  const grid = (method: string, ...args: unknown[]) => ({ pallet: 'tfgridModule', method, args })
  const store = (method: string, ...args: unknown[]) => ({ pallet: 'tfkvStore', method, args })
  const text = (value: string) => bytesCodec(registry, value)
  const optional = (value: string | Uint8Array | undefined) =>
    value === undefined ? null : bytesCodec(registry, value)
  const where = `calls[${index}]`

  switch (call.kind) {
    case 'createNodeContract':
      return contracts(
        'createNodeContract',
        number(call.nodeId, `${where}.nodeId`),
        deploymentHashBytes(call.hash, `${where}.hash`),
        text(call.data),
        number(call.publicIps, `${where}.publicIps`),
        call.solutionProviderId ?? null,
      )
    case 'updateNodeContract':
      return contracts(
        'updateNodeContract',
        call.contractId,
        deploymentHashBytes(call.hash, `${where}.hash`),
        text(call.data),
      )
    case 'cancelContract':
      return contracts('cancelContract', call.contractId)
    case 'createNameContract':
      return contracts('createNameContract', text(call.name))
    case 'createRentContract':
      return contracts('createRentContract', number(call.nodeId, `${where}.nodeId`), call.solutionProviderId ?? null)
    case 'billContract':
      return contracts('billContractForBlock', call.contractId)
    case 'acceptTerms':
      return grid('userAcceptTc', text(call.link), text(call.hash))
    case 'createTwin':
      return grid('createTwin', optional(call.relay), optional(call.pk))
    case 'updateTwin':
      return grid('updateTwin', optional(call.relay), optional(call.pk))
    case 'transfer':
      publicKeyOf(call.to)
      return {
        pallet: 'balances',
        method: 'transfer',
        args: [call.to, amount(call.amountUnits, `${where}.amountUnits`)],
      }
    case 'setKeyValue':
      return store('set', text(call.key), text(call.value))
    case 'deleteKeyValue':
      return store('delete', text(call.key))
  }
}

function invoke(
  method: ((...args: unknown[]) => Extrinsic) | undefined,
  name: string,
  args: readonly unknown[],
): Extrinsic {
  if (!method) {
    throw new ChainError('CHAIN_REPLY', `the chain has no call ${name}`, {
      hint: 'check that the address is that of TFChain',
    })
  }
  try {
    return method(...args)
  } catch (cause) {
    throw new InputError('INPUT_OPTION', `the call ${name} cannot be made of these values`, { cause })
  }
}

/** Text or bytes as the chain's `Bytes`, whatever is in them. */
export function bytesCodec(registry: Registry, value: string | Uint8Array): Codec {
  const bytes = typeof value === 'string' ? utf8(value) : value
  return registry.createType('Bytes', concatBytes(compactLength(bytes.length), bytes))
}

/** The 32 ASCII characters of the MD5, which the chain keeps as they are. */
export function deploymentHashBytes(hash: string, where = 'hash'): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(hash)) {
    throw new InputError('INPUT_OPTION', 'a deployment hash has 32 lower-case hex characters', { where })
  }
  return utf8(hash)
}

/** SCALE's compact form of a length below 2^30. */
function compactLength(length: number): Uint8Array {
  if (length < 0x40) return Uint8Array.of(length << 2)
  if (length < 0x4000) return Uint8Array.of(((length << 2) | 1) & 0xff, length >> 6)
  const value = length * 4 + 2
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff)
}

function number(value: number, where: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value
  throw new InputError('INPUT_OPTION', `${value} is not a whole number of 32 bits`, { where })
}

function amount(value: bigint, where: string): bigint {
  if (value >= 0n && value < 2n ** 128n) return value
  throw new InputError('INPUT_OPTION', 'an amount is a number of units of 1e-7 TFT', { where })
}
