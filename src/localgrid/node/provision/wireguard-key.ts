/** WireGuard keys as the node's library reads them: 32 bytes in base64. Source: golang.zx2c4.com/wireguard/wgctrl. */
import { refuse } from './manager.js'

const KEY_BYTES = 32

/** @throws {ZosError} with the library's text; the key is not repeated */
export function decodeBase64Key(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw refuse('wgtypes: failed to parse base64-encoded key: illegal base64 data')
  }
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0))
  if (bytes.length !== KEY_BYTES) throw refuse(`wgtypes: incorrect key size: ${bytes.length}`)
  return bytes
}
