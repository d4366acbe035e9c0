/**
 * Keys nobody gave are derived, not drawn: the account's secret, what the key is for, and where it is used say it.
 *
 * So planning is a pure function, every machine that holds the account finds the same keys, nothing has to be stored,
 * and a person's WireGuard key never lies on a node. HKDF with SHA-256 (RFC 5869). Runs in a browser.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

import { concatBytes, utf8 } from '../../core/bytes.js'
import { InputError } from '../../errors/input.js'
import { isRefusedSeed, MACHINE_SEED_BYTES, NETWORK_SEED_BYTES } from './mycelium-seed.js'
import { WIREGUARD_KEY_BYTES } from './wireguard-keys.js'

export type KeyPurpose =
  | 'wireguard-node' // a node's place in a network
  | 'wireguard-access' // a person's way in
  | 'wireguard-port' // where a node listens
  | 'mycelium-network' // the daemon of a network on a node
  | 'mycelium-machine' // a machine's seed

/** Whose secret, and all that tells one key from another. */
export interface KeyOrigin {
  /** The account's mini-secret, at least 16 bytes. */
  readonly secret: Uint8Array
  readonly twinId: number
  /** The network's name. */
  readonly network: string
  /** Absent for what belongs to no node. */
  readonly nodeId?: number
  /** Of the machine, or of the person's way in; absent where there is one of a kind. */
  readonly name?: string
}

/** Never changes: keys of networks that run are derived with it. */
const SALT = utf8('hyphae derived keys 1')
const LEAST_SECRET_BYTES = 16
const MAX_LENGTH = 255 * 32
/** Seeds tried before giving up: each is refused with a chance of 2^-47. */
const SEED_ATTEMPTS = 4

/** @param length bytes of the result, up to 8160
 * @throws {InputError} INPUT_KEY when the secret is too short to be one, INPUT_OPTION on an impossible origin or length
 * @example
 * deriveKey({ secret: identity.miniSecret(), purpose: 'mycelium-network', twinId: 7, network: 'hellotest', nodeId: 168 }, 32)
 */
export function deriveKey(origin: KeyOrigin & { readonly purpose: KeyPurpose }, length: number): Uint8Array {
  if (origin.secret.length < LEAST_SECRET_BYTES) {
    throw new InputError('INPUT_KEY', `the account's secret has ${origin.secret.length} bytes, at least 16 are needed`)
  }
  if (!Number.isSafeInteger(length) || length < 1 || length > MAX_LENGTH) {
    throw new InputError('INPUT_OPTION', `a derived key cannot have ${length} bytes`, {
      hint: `ask for 1 to ${MAX_LENGTH}`,
    })
  }
  return hkdf(sha256, origin.secret, SALT, describeOrigin(origin), length)
}

/** A WireGuard private key of a node or of a person's way in: 32 bytes for `wireguardKeysFrom`. */
export function deriveWireguardKey(
  origin: KeyOrigin & { readonly purpose: 'wireguard-node' | 'wireguard-access' },
): Uint8Array {
  return deriveKey(origin, WIREGUARD_KEY_BYTES)
}

/** The Mycelium key of a network on a node, when the model gives none: 32 bytes. */
export function deriveNetworkSeed(origin: KeyOrigin & { readonly nodeId: number }): Uint8Array {
  return firstUsableSeed(
    deriveKey({ ...origin, purpose: 'mycelium-network' }, NETWORK_SEED_BYTES * SEED_ATTEMPTS),
    NETWORK_SEED_BYTES,
  )
}

/** The Mycelium seed of a machine, when the model gives none: 6 bytes, never a refused value. */
export function deriveMachineSeed(origin: KeyOrigin & { readonly name: string }): Uint8Array {
  return firstUsableSeed(
    deriveKey({ ...origin, purpose: 'mycelium-machine' }, MACHINE_SEED_BYTES * SEED_ATTEMPTS),
    MACHINE_SEED_BYTES,
  )
}

/** The first `size` bytes that are no refused seed. @throws {InputError} INPUT_SEED when there are none */
export function firstUsableSeed(bytes: Uint8Array, size: number): Uint8Array {
  for (let start = 0; start + size <= bytes.length; start += size) {
    const seed = bytes.slice(start, start + size)
    if (!isRefusedSeed(seed)) return seed
  }
  throw new InputError('INPUT_SEED', 'every derived seed is one that nodes refuse', {
    hint: 'give a seed in the model',
  })
}

/** Every part with its length in front, absent ones marked: no two origins read the same. */
function describeOrigin({
  purpose,
  twinId,
  network,
  nodeId,
  name,
}: KeyOrigin & { readonly purpose: KeyPurpose }): Uint8Array {
  return concatBytes(
    part(purpose),
    part(idText(twinId, 'twin')),
    part(network),
    part(nodeId === undefined ? undefined : idText(nodeId, 'node')),
    part(name),
  )
}

function part(text: string | undefined): Uint8Array {
  if (text === undefined) return Uint8Array.of(0)
  const bytes = utf8(text)
  const head = new DataView(new ArrayBuffer(5))
  head.setUint8(0, 1)
  head.setUint32(1, bytes.length)
  return concatBytes(new Uint8Array(head.buffer), bytes)
}

function idText(id: number, what: string): string {
  if (!Number.isSafeInteger(id) || id < 0) throw new InputError('INPUT_OPTION', `${id} is no ${what} id`)
  return String(id)
}
