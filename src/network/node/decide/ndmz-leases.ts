/**
 * Which address a network has in the node's own segment, `br-ndmz`: the lowest free one of 100.127.0.0/16, once and for
 * all. Source: threefoldtech/zosbase pkg/network/ndmz, which lets CNI's host-local do it.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { contains, formatIp, hostAt, parseCidr, parseIp } from '../../address/index.js'
import { LeaseBook } from './lease-book.js'

const POOL = parseCidr('100.127.0.0/16')
/** Number 0 is the range's own, 1 is ndmz. */
const FIRST = 2
/** The number after is for broadcasts. */
const LAST = 0xfffe

export interface NdmzLease {
  /** Without prefix length; that is /16. */
  readonly address: string
  /** With this one; the given ones are as they were. */
  readonly leases: ReadonlyMap<string, string>
}

/** The same id has the same address, as long as its lease is kept.
 *
 * @param leases id → address, as this function returned them or read from a file
 * @throws {NodeNetworkError} NODE_NET_NO_ADDRESS when all 65,533 are given out
 * @example ndmzLease(new Map(), '2gD4nhwZyigBh').address // '100.127.0.2'
 */
export function ndmzLease(leases: ReadonlyMap<string, string>, id: string): NdmzLease {
  const known = leases.get(id)
  if (known !== undefined) return { address: known, leases }

  const book = LeaseBook.of(leases).newest()
  for (let number = Math.max(FIRST, book.lowestFree); number <= LAST; number++) {
    const address = formatIp(hostAt(POOL, number))
    if (!book.isTaken(address)) return { address, leases: book.with(id, address, number) }
  }
  throw new NodeNetworkError('NODE_NET_NO_ADDRESS', 'every address of 100.127.0.0/16 is given out', {
    where: id,
    details: { reason: 'no-free-address' },
    hint: 'remove networks that nobody uses',
  })
}

/** The IPv6 address that goes with it, of fd00::/64.
 *
 * @throws {InputError} INPUT_IP
 * @throws {NodeNetworkError} NODE_NET_ADDRESS when it is not of the pool
 * @example ndmzIpv6('100.127.1.1') // 'fd00::101'
 */
export function ndmzIpv6(address: string): string {
  const ip = parseIp(address)
  if (!contains(POOL, ip)) {
    throw new NodeNetworkError('NODE_NET_ADDRESS', `${address} is not in 100.127.0.0/16`, {
      details: { reason: 'outside-pool', address },
    })
  }
  return formatIp(hostAt(parseCidr('fd00::/64'), ip.value & 0xffffn))
}
