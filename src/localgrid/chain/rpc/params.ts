/** Parameters of RPC methods, checked. Each throws `Invalid params` with the name of what is wrong. */
import { accountOfAddress } from '../runtime/ss58.js'
import { hexBytes } from '../scale/hex.js'
import { RpcError } from './json-rpc.js'

const MAX_KEYS = 10_000

export function hexParam(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length % 2 !== 0 || !/^0x[0-9a-fA-F]*$/.test(value)) {
    throw RpcError.invalidParams(`${name}: expected 0x and pairs of hex digits`)
  }
  return value.slice(2).toLowerCase()
}

export function bytesParam(value: unknown, name: string): Uint8Array {
  return hexBytes(hexParam(value, name))
}

export function hashParam(value: unknown, name: string): string {
  const hex = hexParam(value, name)
  if (hex.length !== 64) throw RpcError.invalidParams(`${name}: expected 32 bytes`)
  return hex
}

export function optional<T>(value: unknown, name: string, read: (value: unknown, name: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value, name)
}

export function keysParam(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_KEYS) {
    throw RpcError.invalidParams(`${name}: expected a list of at most ${MAX_KEYS} keys`)
  }
  return value.map(key => hexParam(key, name))
}

export function countParam(value: unknown, name: string, maximum: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw RpcError.invalidParams(`${name}: expected a number`)
  }
  if (value > maximum) throw new RpcError(4002, `count exceeds maximum value. value: ${value}, max: ${maximum}`)
  return value
}

/** A block number as a number or as hex text. */
export function blockNumberParam(value: unknown, name: string): number {
  const number = typeof value === 'string' && /^0x[0-9a-fA-F]{1,12}$/.test(value) ? Number.parseInt(value, 16) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw RpcError.invalidParams(`${name}: expected a block number`)
  }
  return number
}

export function accountParam(value: unknown, name: string): string {
  const account = typeof value === 'string' ? accountOfAddress(value) : undefined
  if (account === undefined) throw RpcError.invalidParams(`${name}: expected an SS58 address`)
  return account
}

export function textParam(value: unknown, name: string): string {
  if (typeof value !== 'string') throw RpcError.invalidParams(`${name}: expected text`)
  return value
}
