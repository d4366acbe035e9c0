/** Hexadecimal text. Runs in a browser. */
import { bytesToHex } from '@noble/hashes/utils.js'

import { InputError } from '../errors/input.js'

/** Lower-case hex without `0x`. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes)
}

/** Bytes of hex digits in either case, with or without `0x`.
 *
 * @param what names the value in the error
 * @param expectedBytes refuses any other length
 * @throws {InputError} INPUT_HEX. The value itself is not repeated: it may be a secret.
 */
export function fromHex(text: string, what = 'value', expectedBytes?: number): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new InputError('INPUT_HEX', `${what} is not hexadecimal`, { hint: 'use pairs of the digits 0-9 and a-f' })
  }
  if (expectedBytes !== undefined && digits.length !== expectedBytes * 2) {
    throw new InputError('INPUT_HEX', `${what} has ${digits.length} hex digits, ${expectedBytes * 2} are needed`)
  }
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)
  return bytes
}
