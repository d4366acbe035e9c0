/**
 * What DHCP servers and routers would tell a simulated node: addresses of the ranges that are kept for documentation
 * (RFC 5737, RFC 3849), so that nobody takes them for those of a real segment. Pure.
 */
import { NAMESPACE, NDMZ_LINK } from './compile/names.js'
import { eui64 } from './decide/network-addresses.js'
import { ROOT } from './state/desired.js'
import type { ObservedLink, ObservedNamespace, ObservedRoute, ObservedState } from './state/observed.js'

const ROUTER4 = '192.0.2.1'
const ROUTER6 = 'fe80::ff:fe00:1'
const UPLINK_PREFIX = '2001:db8:1::/64'
const EXIT_PREFIX = '2001:db8:2::/64'

interface Answer {
  readonly namespace: string
  readonly link: string
  readonly family: 4 | 6
  readonly address: (link: ObservedLink) => string | undefined
}

/** @param state a node with everything set up
 * @param hasExit the public segment has a NIC of its own; the private one has no IPv6 then
 */
export function withExampleAnswers(state: ObservedState, hasExit: boolean): ObservedState {
  const advertised = (prefix: string) => (link: ObservedLink) =>
    link.mac === undefined ? undefined : `${eui64(prefix, link.mac)}/64`
  const answers: readonly Answer[] = [
    { namespace: ROOT, link: 'zos', family: 4, address: () => '192.0.2.10/24' },
    { namespace: NAMESPACE.ndmz, link: NDMZ_LINK.ipv4, family: 4, address: () => '192.0.2.11/24' },
    ...(hasExit ? [] : [{ namespace: ROOT, link: 'zos', family: 6, address: advertised(UPLINK_PREFIX) } as const]),
    {
      namespace: NAMESPACE.ndmz,
      link: NDMZ_LINK.ipv6,
      family: 6,
      address: advertised(hasExit ? EXIT_PREFIX : UPLINK_PREFIX),
    },
  ]
  return { ...state, namespaces: state.namespaces.map(one => answers.reduce(withAnswer, one)) }
}

function withAnswer(namespace: ObservedNamespace, answer: Answer): ObservedNamespace {
  const link = namespace.links.find(({ name }) => name === answer.link)
  const cidr = link && answer.address(link)
  if (namespace.name !== answer.namespace || link === undefined || cidr === undefined) return namespace
  const address = { cidr, dynamic: true, tentative: false, scope: 'global' } as const
  const route: ObservedRoute = {
    family: answer.family,
    to: answer.family === 4 ? '0.0.0.0/0' : '::/0',
    link: answer.link,
    via: answer.family === 4 ? ROUTER4 : ROUTER6,
    protocol: answer.family === 4 ? 'dhcp' : 'ra',
  }
  return {
    ...namespace,
    links: namespace.links.map(one => (one === link ? { ...one, addresses: [...one.addresses, address] } : one)),
    routes: [...namespace.routes, route],
  }
}
