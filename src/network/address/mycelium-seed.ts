/**
 * The seeds a model may name: 32 bytes of a network on one node, 6 bytes of a machine.
 *
 * Nodes refuse machine seeds of all 00 and all ff; for network seeds such values are not refused, but everybody's guess,
 * so we do. Runs in a browser. Source: threefoldtech/zosbase pkg/network/nr/net_resource.go.
 */
import { fromHex, toHex } from '../../core/hex.js'
import { randomBytes } from '../../core/random.js'
import { InputError } from '../../errors/input.js'

export const NETWORK_SEED_BYTES = 32
export const MACHINE_SEED_BYTES = 6

/** @throws {InputError} INPUT_SEED: not 6 bytes, all 00 or all ff. The seed is not repeated. */
export function checkMachineSeed(seed: Uint8Array): void {
  checkSeed(seed, 'a machine seed', MACHINE_SEED_BYTES)
}

/** @throws {InputError} INPUT_SEED: not 32 bytes, all 00 or all ff. The seed is not repeated. */
export function checkNetworkSeed(seed: Uint8Array): void {
  checkSeed(seed, 'a network seed', NETWORK_SEED_BYTES)
}

/** Bytes of a machine seed a person wrote: 12 hex digits. @throws {InputError} INPUT_HEX, INPUT_SEED */
export function parseMachineSeed(text: string, what = 'the machine seed'): Uint8Array {
  const seed = fromHex(text, what, MACHINE_SEED_BYTES)
  checkSeed(seed, what, MACHINE_SEED_BYTES)
  return seed
}

/** Bytes of a network seed a person wrote: 64 hex digits. @throws {InputError} INPUT_HEX, INPUT_SEED */
export function parseNetworkSeed(text: string, what = 'the network seed'): Uint8Array {
  const seed = fromHex(text, what, NETWORK_SEED_BYTES)
  checkSeed(seed, what, NETWORK_SEED_BYTES)
  return seed
}

/** A new network seed as 64 hex digits, from the system's random. */
export function generateNetworkSeed(): string {
  return draw(NETWORK_SEED_BYTES)
}

/** A new machine seed as 12 hex digits, from the system's random. */
export function generateMachineSeed(): string {
  return draw(MACHINE_SEED_BYTES)
}

/** True for what a node or we refuse: all 00, all ff. */
export function isRefusedSeed(seed: Uint8Array): boolean {
  return seed.every(byte => byte === 0x00) || seed.every(byte => byte === 0xff)
}

function checkSeed(seed: Uint8Array, what: string, bytes: number): void {
  if (seed.length !== bytes) {
    throw new InputError('INPUT_SEED', `${what} has ${bytes} bytes, not ${seed.length}`, {
      hint: `give ${bytes * 2} hex digits, or none: then one is derived`,
    })
  }
  if (isRefusedSeed(seed)) {
    throw new InputError('INPUT_SEED', `${what} cannot be all 00 or all ff`, {
      hint: 'give other digits, or none: then one is derived',
    })
  }
}

function draw(bytes: number): string {
  while (true) {
    const seed = randomBytes(bytes)
    if (!isRefusedSeed(seed)) return toHex(seed)
  }
}
