/** IPv4 text, as strict as Go: four decimal octets, no leading zeros. Runs in a browser. */
import { InputError } from '../../errors/input.js'

const OCTET = '(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])'
const DOTTED = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
/** How much of a malformed value an error repeats. */
const SHOWN_CHARACTERS = 60

export function isIpv4(text: string): boolean {
  return DOTTED.test(text)
}

/** The 4 bytes of `a.b.c.d`.
 *
 * @param what names the value in the error
 * @throws {InputError} INPUT_IP
 * @example parseIpv4('10.249.2.2') // Uint8Array [10, 249, 2, 2]
 */
export function parseIpv4(text: string, what = 'address'): Uint8Array {
  if (!isIpv4(text)) throw badIp(text, what, 'an IPv4 address', 'write four numbers from 0 to 255, like 10.249.2.2')
  return Uint8Array.from(text.split('.').map(Number))
}

/** @throws {InputError} INPUT_IP when there are not 4 bytes */
export function formatIpv4(bytes: Uint8Array): string {
  if (bytes.length !== 4) throw new InputError('INPUT_IP', `an IPv4 address has 4 bytes, not ${bytes.length}`)
  return bytes.join('.')
}

/** The error of every malformed address. */
export function badIp(text: string, what: string, kind: string, hint: string): InputError {
  const shown = String(text).slice(0, SHOWN_CHARACTERS)
  return new InputError('INPUT_IP', `${what} ${JSON.stringify(shown)} is not ${kind}`, { hint })
}
