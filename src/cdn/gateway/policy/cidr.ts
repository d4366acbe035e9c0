/** A range of IP addresses, `10.0.0.0/8` or `fc00::/7`; an address alone is a range of one. */
import { InputError } from '../../../errors/input.js'
import { hostBytes } from '../../meta/index.js'

export interface Cidr {
  /** 4 or 16 bytes */
  readonly network: Uint8Array
  readonly prefixBits: number
}

/** @throws {InputError} INPUT_OPTION: not a range, or bits set behind the prefix */
export function parseCidr(text: string): Cidr {
  const [, address = '', prefix] = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const network = hostBytes(address)
  const prefixBits = Number(prefix ?? (network?.length ?? 0) * 8)
  if (network === undefined || prefixBits > network.length * 8) {
    throw new InputError('INPUT_OPTION', 'not a range of IP addresses', {
      where: text.slice(0, 100),
      hint: 'write 10.0.0.0/8, fd00::/8 or a single address',
    })
  }
  if (!same(masked(network, prefixBits), network)) {
    throw new InputError('INPUT_OPTION', `the address has bits behind its prefix of ${prefixBits}`, {
      where: text,
      hint: 'write the first address of the range',
    })
  }
  return { network, prefixBits }
}

/** @param address 4 or 16 bytes; never within a range of the other family */
export function contains({ network, prefixBits }: Cidr, address: Uint8Array): boolean {
  return address.length === network.length && same(masked(address, prefixBits), network)
}

function masked(address: Uint8Array, prefixBits: number): Uint8Array {
  return address.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixBits - i * 8))) & 0xff)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}
