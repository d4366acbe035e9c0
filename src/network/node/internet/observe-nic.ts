/** What the kernel has learned about a NIC in its probe namespace. */

import type { ObservedLink } from '../state/observed.js'
import { linkWord } from '../system/batch-word.js'
import { JsonPlace, readBatch } from '../system/read-ip-json.js'
import { readLinks } from '../system/read-links.js'
import { readRoutes } from '../system/read-routes.js'
import type { CommandRunner } from '../system/runner.js'
import { probeNamespace } from './probe-namespace.js'
import type { NicProgress } from './probe-progress.js'

const WHAT = 'ip -batch'

/** One process for all of it. A NIC that is gone has no carrier. */
export async function observeNic(
  runner: CommandRunner,
  nic: string,
): Promise<Pick<NicProgress, 'carrier' | 'ipv6' | 'gateway6' | 'routerMacs'>> {
  const lines = [`address show dev ${linkWord(nic)}`, 'route show table all', `neighbour show dev ${linkWord(nic)}`]
  const command = { namespace: probeNamespace(nic), program: 'ip', args: ['-j', '-batch', '-'] }
  const outcome = await runner.run({ ...command, input: `${lines.join('\n')}\n`, mayFail: true })
  if (outcome.code !== 0) return { carrier: false, ipv6: [], routerMacs: [] }

  const [links, routes, neighbours] = readBatch(WHAT, outcome.stdout, lines.length)
  const link = readLinks(WHAT, links)[0]?.link
  const gateway6 = readRoutes(WHAT, routes).find(({ to }) => to === '::/0')?.via
  return {
    carrier: link?.carrier ?? false,
    ipv6: addressesOf(link),
    ...(gateway6 === undefined ? {} : { gateway6 }),
    routerMacs: routersAmong(neighbours),
  }
}

/** Also those whose uniqueness is not known yet: the prefix and the router are what the choice is about. */
function addressesOf(link: ObservedLink | undefined): readonly string[] {
  const global = (link?.addresses ?? []).filter(({ scope, cidr }) => scope === 'global' && cidr.includes(':'))
  return global.map(({ cidr }) => cidr).sort()
}

function routersAmong(document: unknown): readonly string[] {
  const macs = new JsonPlace(WHAT, 'neighbours')
    .objects(document)
    .filter(({ object }) => 'router' in object)
    .flatMap(({ object, place }) => place.optionalText(object, 'lladdr') ?? [])
  return [...new Set(macs)].sort()
}
