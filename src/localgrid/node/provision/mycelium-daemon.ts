/**
 * Addresses of the Mycelium daemons that a node runs for its networks, each by its key.
 *
 * The curve takes most of a millisecond, and every machine of a network asks for the same one, so they are kept.
 */
import { fromHex } from '../../../core/hex.js'
import { nodeAddress } from '../../../network/address/mycelium.js'

/** More networks than a node has; the oldest is forgotten and worked out again when it is asked for. */
const KEPT = 256

export class MyceliumDaemons {
  readonly #addresses = new Map<string, string>()

  /** @param hexKey of a network, as it stands in its data: 64 digits */
  addressOf(hexKey: string): string {
    const known = this.#addresses.get(hexKey)
    if (known !== undefined) return known

    const address = nodeAddress(fromHex(hexKey, 'the network key', 32))
    const [oldest] = this.#addresses.keys()
    if (oldest !== undefined && this.#addresses.size >= KEPT) this.#addresses.delete(oldest)
    this.#addresses.set(hexKey, address)
    return address
  }
}
