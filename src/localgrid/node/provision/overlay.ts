/**
 * The node's own place on the two overlays, Yggdrasil and Mycelium, and the addresses that follow from it.
 *
 * Both come from the node's ed25519 key. What belongs to a machine or a 0-DB is the node's /64 and half a SHA-512 of
 * the interface's MAC. Sources: yggdrasil-network/yggdrasil-go src/address, threefoldtech/zosbase
 * pkg/network/{yggdrasil,mycelium,networker.go}.
 */
import { sha512 } from '@noble/hashes/sha2.js'
import nacl from 'tweetnacl'

import type { PublicConfig } from '../../../chain/port.js'
import { formatIpv6, parseIpv6 } from '../../../network/address/ipv6.js'
import { nodeAddress } from '../../../network/address/mycelium.js'
import { macFrom } from '../../../zos/mac.js'
import { deviceId } from '../../../zos/names.js'
import { MyceliumDaemons } from './mycelium-daemon.js'

const ADDRESS_BYTES = 16
const PREFIX_BYTES = 8

export class Overlay {
  /** Of its networks, beside its own. */
  readonly daemons = new MyceliumDaemons()
  readonly #seed: () => Uint8Array
  #yggdrasil: Uint8Array | undefined
  #mycelium: Uint8Array | undefined

  /** @param seed the 32 bytes of the node's ed25519 key; asked for once, when the first address is needed */
  constructor(seed: () => Uint8Array) {
    this.#seed = seed
  }

  /** The node's Yggdrasil address, in 200::/8. */
  get yggdrasilAddress(): string {
    return formatIpv6(this.#yggdrasilBytes())
  }

  /** What a machine gets with `planetary`: in the node's 300::/8 subnet. */
  planetaryAddress(workloadId: string): string {
    return this.#subnetAddress(`ygg:${deviceId(workloadId, 'ygg')}`)
  }

  /** Where the 0-DB of a disk listens: public IPv6 if the node has one, Yggdrasil, Mycelium. */
  containerAddresses(device: string, config: PublicConfig | undefined): string[] {
    const mycelium = join(this.#myceliumBytes(), macFrom(`my:${device}`))
    const overlays = [this.#subnetAddress(`ygg:${device}`), formatIpv6(mycelium)]
    const subnet = config?.ip6?.ip
    if (!subnet) return overlays
    return [formatIpv6(join(parseIpv6(subnet.split('/')[0] as string), macFrom(`pub:${device}`))), ...overlays]
  }

  #subnetAddress(name: string): string {
    return formatIpv6(join(yggdrasilSubnet(this.#yggdrasilBytes()), macFrom(name)))
  }

  #yggdrasilBytes(): Uint8Array {
    this.#yggdrasil ??= yggdrasilAddress(nacl.sign.keyPair.fromSeed(this.#seed()).publicKey)
    return this.#yggdrasil
  }

  /** The X25519 form of an ed25519 key is the first half of the seed's SHA-512; the curve clamps it. */
  #myceliumBytes(): Uint8Array {
    this.#mycelium ??= parseIpv6(nodeAddress(sha512(this.#seed()).slice(0, 32)))
    return this.#mycelium
  }
}

/** 0x02, the number of leading ones of the inverted key, and what follows the first zero after them. */
export function yggdrasilAddress(publicKey: Uint8Array): Uint8Array {
  const bit = (index: number) => (((publicKey[index >> 3] as number) >> (7 - (index & 7))) & 1) ^ 1
  const bits = publicKey.length * 8
  let ones = 0
  while (ones < bits && bit(ones) === 1) ones++

  const address = new Uint8Array(ADDRESS_BYTES)
  address[0] = 0x02
  address[1] = ones
  const room = (ADDRESS_BYTES - 2) * 8
  for (let i = 0; i < room && ones + 1 + i < bits; i++) {
    if (bit(ones + 1 + i) === 1) address[2 + (i >> 3)] = (address[2 + (i >> 3)] as number) | (0x80 >> (i & 7))
  }
  return address
}

/** The /64 of an address: its first half, in 300::/8. */
function yggdrasilSubnet(address: Uint8Array): Uint8Array {
  const subnet = address.slice()
  subnet[0] = (subnet[0] as number) | 0x01
  return subnet
}

/** The /64 of `prefix` and the first 8 bytes of the MAC's SHA-512. */
function join(prefix: Uint8Array, mac: Uint8Array): Uint8Array {
  const address = prefix.slice()
  address.set(sha512(mac).subarray(0, PREFIX_BYTES), PREFIX_BYTES)
  return address
}
