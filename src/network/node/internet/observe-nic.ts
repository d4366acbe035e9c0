/** What the kernel has learned about a NIC in its probe namespace. */
import type { CommandRunner } from '../system/runner.js'
import { type IpLink, type IpNeighbour, type IpRoute, readIpLists } from './ip-json.js'
import { probeNamespace } from './probe-namespace.js'
import type { NicProgress } from './probe-progress.js'

/** One process for all of it. A NIC that is gone has no carrier. */
export async function observeNic(
  runner: CommandRunner,
  nic: string,
): Promise<Pick<NicProgress, 'carrier' | 'ipv6' | 'gateway6' | 'routerMacs'>> {
  const input = `address show dev ${nic}\nlink show dev ${nic}\nroute show default\nneighbour show dev ${nic}\n`
  const args = ['-6', '-j', '-batch', '-']
  const outcome = await runner.run({ namespace: probeNamespace(nic), program: 'ip', args, input, mayFail: true })
  if (outcome.code !== 0) return { carrier: false, ipv6: [], routerMacs: [] }

  // A link without an IPv6 address is missing in the first list.
  const [addressed = [], links = [], routes = [], neighbours = []] = readIpLists(outcome.stdout, 'ip -6 -batch')
  const gateway6 = (routes as IpRoute[]).find(({ gateway }) => typeof gateway === 'string')?.gateway
  return {
    carrier: (links[0] as IpLink | undefined)?.flags?.includes('LOWER_UP') ?? false,
    ipv6: addressesOf(addressed[0] as IpLink | undefined),
    ...(gateway6 === undefined ? {} : { gateway6 }),
    routerMacs: routersAmong(neighbours as IpNeighbour[]),
  }
}

/** Also those whose uniqueness is not known yet: the prefix and the router are what the choice is about. */
function addressesOf(link: IpLink | undefined): readonly string[] {
  return (link?.addr_info ?? [])
    .filter(({ scope, dadfailed }) => scope === 'global' && dadfailed !== true)
    .flatMap(({ local, prefixlen }) =>
      local === undefined || prefixlen === undefined ? [] : [`${local}/${prefixlen}`],
    )
    .sort()
}

function routersAmong(neighbours: readonly IpNeighbour[]): readonly string[] {
  const macs = neighbours.filter(one => 'router' in one).flatMap(({ lladdr }) => (lladdr ? [lladdr] : []))
  return [...new Set(macs)].sort()
}
