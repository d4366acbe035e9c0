/** state_call: the runtime's own interfaces that clients use. */

import { fromHex } from '../../../core/hex.js'
import { metadataBytes } from '../metadata/cached.js'
import { account } from '../pallets/system.js'
import { feeOf } from '../pallets/transaction-payment.js'
import { accountId, dispatchClass, weight } from '../runtime/primitives.js'
import { runtimeVersion } from '../runtime/version.js'
import { weightOf } from '../runtime/weights.js'
import { decode, encode } from '../scale/coding.js'
import { option, struct, tuple, vec } from '../scale/composed.js'
import { bytes, fixedBytes, str, u8, u32, u128 } from '../scale/primitives.js'
import { ScaleError } from '../scale/reader.js'
import type { StateReader } from '../state/overlay.js'
import { parseExtrinsic, Refusal } from '../transactions/validity.js'
import { RpcError } from './json-rpc.js'

const dispatchInfo = struct('', { weight, class: dispatchClass, partialFee: u128 })
const feeDetails = struct('', {
  inclusionFee: option(struct('', { baseFee: u128, lenFee: u128, adjustedWeightFee: u128 })),
  tip: u128,
})
const version = struct('', {
  specName: str,
  implName: str,
  authoringVersion: u32,
  specVersion: u32,
  implVersion: u32,
  apis: vec(tuple(fixedBytes(8), u32)),
  transactionVersion: u32,
  stateVersion: u8,
})

/** Fee and weight of an extrinsic, signed or with a placeholder for its signature. */
export function paymentOf(extrinsicBytes: Uint8Array) {
  const { call, tip } = parseExtrinsic(extrinsicBytes)
  const { base, length } = feeOf(extrinsicBytes.length)
  return { weight: weightOf(call), base, length, tip, fee: base + length + tip }
}

type Api = (state: StateReader, input: Uint8Array) => Uint8Array

/** Extrinsic followed by its length as u32. */
const extrinsicOf = (input: Uint8Array) => {
  if (input.length < 4) throw new ScaleError('the length is missing')
  return input.subarray(0, -4)
}

const apis: Readonly<Record<string, Api>> = {
  Core_version: () =>
    encode(version, { ...runtimeVersion, apis: runtimeVersion.apis.map(([id, n]) => [fromHex(id), n] as const) }),
  Metadata_metadata: () => encode(bytes, metadataBytes()),
  Metadata_metadata_versions: () => encode(vec(u32), [14]),
  Metadata_metadata_at_version: (_, input) =>
    encode(option(bytes), decode(u32, input) === 14 ? metadataBytes() : undefined),
  AccountNonceApi_account_nonce: (state, input) => encode(u32, account.get(state, decode(accountId, input)).nonce),
  TransactionPaymentApi_query_info: (_, input) => {
    const { weight, fee, tip } = paymentOf(extrinsicOf(input))
    return encode(dispatchInfo, { weight, class: 'Normal', partialFee: fee - tip })
  },
  TransactionPaymentApi_query_fee_details: (_, input) => {
    const { base, length, tip } = paymentOf(extrinsicOf(input))
    return encode(feeDetails, { inclusionFee: { baseFee: base, lenFee: length, adjustedWeightFee: 0n }, tip })
  },
  TransactionPaymentApi_query_weight_to_fee: () => encode(u128, 0n),
  TransactionPaymentApi_query_length_to_fee: (_, input) => encode(u128, feeOf(decode(u32, input)).length),
}

/** @throws {RpcError} no such function, or input it cannot read */
export function runtimeCall(state: StateReader, method: string, input: Uint8Array): Uint8Array {
  const api = Object.hasOwn(apis, method) ? apis[method] : undefined
  if (!api) {
    const name = method.slice(0, 100)
    throw new RpcError(4003, `Client error: Execution failed: Other: Exported method ${name} is not found`)
  }
  try {
    return api(state, input)
  } catch (error) {
    if (!(error instanceof ScaleError) && !(error instanceof Refusal)) throw error
    throw new RpcError(4003, `Client error: Execution failed: cannot decode the input: ${error.message}`)
  }
}
