/** The address of a relay, checked before anything is opened. */
import { InputError } from '../errors/input.js'

const HINT = 'it looks like wss://relay.grid.tf'

/** The URL in its normal form.
 *
 * @throws {InputError} INPUT_URL
 * @example checkRelayUrl('wss://relay.grid.tf') // 'wss://relay.grid.tf/'
 */
export function checkRelayUrl(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch (cause) {
    throw new InputError('INPUT_URL', `the relay URL is not a URL: ${text.slice(0, 200)}`, { cause, hint: HINT })
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new InputError('INPUT_URL', `the relay URL begins with ${url.protocol}, not with wss: or ws:`, { hint: HINT })
  }
  // The query is the token's place, and whoever writes a password into a URL should hear of it.
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new InputError('INPUT_URL', 'the relay URL holds more than host, port and path', { hint: HINT })
  }
  return url.href
}
