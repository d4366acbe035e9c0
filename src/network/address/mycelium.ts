/**
 * Where a key lives on the Mycelium overlay.
 *
 * An address is the BLAKE3 hash of the X25519 public key, folded into 400::/7; its first half is the /64 that belongs
 * to the key. A machine's address is that /64, a mark, and the machine's own six bytes: key and seed say it all, before
 * anything is deployed. Runs in a browser.
 * Sources: threefoldtech/mycelium mycelium/src/crypto.rs; threefoldtech/zosbase pkg/network/nr/net_resource.go.
 */
import { blake3 } from '@noble/hashes/blake3.js'
import nacl from 'tweetnacl'

import { concatBytes } from '../../core/bytes.js'
import { fromHex, toHex } from '../../core/hex.js'
import { InputError } from '../../errors/input.js'
import { formatIpv6, parseIpv6 } from './ipv6.js'
import { checkMachineSeed } from './mycelium-seed.js'

/** Keeps machines clear of the gateway, which is always ::1. */
const MACHINE_MARK = Uint8Array.of(0xff, 0x0f)

/** Everything a network key says, and the machine of a seed in it. */
export interface Mycelium {
  /** 64 lower-case hex digits. */
  readonly publicKey: string
  /** The daemon's own address. */
  readonly address: string
  /** The /64 that belongs to the key. */
  readonly subnet: string
  /** What machines route through, without a prefix length. */
  readonly gateway: string
  /** The machine's address; only when a seed was given. */
  readonly machine?: string
}

/** What `hyphae address` prints.
 *
 * Any 32 bytes are a key here, as for the daemon; what a model may name is stricter: `checkNetworkSeed`.
 *
 * @param given `key`: 32 bytes, the network's X25519 secret on one node; `seed`: 6 bytes. Bytes or hex.
 * @throws {InputError} INPUT_HEX or INPUT_SEED; neither value is repeated
 * @example
 * deriveMycelium({ key: '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76', seed: '1e1404279b3d' })
 * // { address: '4a1:a126:8b83:7169:53f2:d174:ac73:f1e7', machine: '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d', … }
 */
export function deriveMycelium(given: { key: Uint8Array | string; seed?: Uint8Array | string }): Mycelium {
  const key = typeof given.key === 'string' ? fromHex(given.key, 'the Mycelium key', 32) : given.key
  const seed = typeof given.seed === 'string' ? fromHex(given.seed, 'the machine seed', 6) : given.seed
  if (seed !== undefined) checkMachineSeed(seed)
  const publicKey = myceliumPublicKey(key)
  const address = myceliumAddress(publicKey)
  return {
    publicKey: toHex(publicKey),
    address,
    subnet: myceliumSubnet(address),
    gateway: myceliumGateway(address),
    ...(seed === undefined ? {} : { machine: machineAddressBehind(address, seed) }),
  }
}

/** The X25519 public key of a secret: 32 bytes each.
 *
 * @throws {InputError} INPUT_KEY on another length
 */
export function myceliumPublicKey(secret: Uint8Array): Uint8Array {
  check32(secret, 'a Mycelium secret')
  return nacl.scalarMult.base(secret)
}

/** The address of a public key (32 bytes), in 400::/7.
 *
 * @throws {InputError} INPUT_KEY on another length
 */
export function myceliumAddress(publicKey: Uint8Array): string {
  check32(publicKey, 'a Mycelium public key')
  const bytes = blake3(publicKey, { dkLen: 16 })
  // Of the first byte only its parity survives; everything else of it is the prefix.
  bytes[0] = 0x04 | parity(bytes[0] as number)
  return formatIpv6(bytes)
}

/** The address of the daemon that runs with `secret` (32 bytes): that of its public key.
 *
 * @throws {InputError} INPUT_KEY on another length
 */
export function nodeAddress(secret: Uint8Array): string {
  return myceliumAddress(myceliumPublicKey(secret))
}

/** The /64 around an address. @throws {InputError} INPUT_IP */
export function myceliumSubnet(address: string): string {
  return `${formatIpv6(concatBytes(prefixOf(address), new Uint8Array(8)))}/64`
}

/** The machines' way out: number 1 of the /64, without a prefix length. @throws {InputError} INPUT_IP */
export function myceliumGateway(address: string): string {
  return formatIpv6(concatBytes(prefixOf(address), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)))
}

/** Address of the machine that boots with `seed` in the network of `networkKey`.
 *
 * @param networkKey 32 bytes: the network's X25519 secret on one node
 * @param seed 6 bytes, neither all 00 nor all ff: nodes refuse those
 * @throws {InputError} INPUT_KEY, INPUT_SEED
 * @example machineAddress(fromHex('050d…8a76'), fromHex('1e1404279b3d')) // '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d'
 */
export function machineAddress(networkKey: Uint8Array, seed: Uint8Array): string {
  checkMachineSeed(seed) // before the costly part
  return machineAddressBehind(nodeAddress(networkKey), seed)
}

/** The same, where the address of the network's daemon is known: no key is multiplied again.
 *
 * @param address any address of the network's /64
 * @throws {InputError} INPUT_IP, INPUT_SEED
 */
export function machineAddressBehind(address: string, seed: Uint8Array): string {
  checkMachineSeed(seed)
  return formatIpv6(concatBytes(prefixOf(address), MACHINE_MARK, seed))
}

function prefixOf(address: string): Uint8Array {
  return parseIpv6(address, 'the Mycelium address').subarray(0, 8)
}

function parity(byte: number): number {
  let odd = 0
  for (let rest = byte; rest !== 0; rest >>= 1) odd ^= rest & 1
  return odd
}

function check32(bytes: Uint8Array, what: string): void {
  if (bytes.length !== 32) throw new InputError('INPUT_KEY', `${what} has 32 bytes, not ${bytes.length}`)
}
