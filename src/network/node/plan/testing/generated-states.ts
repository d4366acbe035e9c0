/** Desired states of few names and many kinds, for properties. */
import fc from 'fast-check'

import { Secret } from '../../../../core/secret.js'
import type { NftTable } from '../../nft/ruleset.js'
import type { ServiceSpec } from '../../services/port.js'
import { linkOfSysctl } from '../../simulate/edit-state.js'
import {
  type DesiredAddress,
  type DesiredLink,
  type DesiredNamespace,
  type DesiredState,
  ROOT,
  type Route,
} from '../../state/desired.js'

export const NAMESPACES = ['ndmz', 'n-a', 'n-b']
export const NAMES = ['l0', 'l1', 'l2']
export const PAIRS = ['v0', 'v1']
const KEYS = ['eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ=', 'cGVlci1vbmUtcGVlci1vbmUtcGVlci1vbmUtcGVlcjE=']
const PEER = 'PdvqXhRfPzRa3mgUhCQGqtdCoYkRv9jJ2hFPHwv0dVs='

export const cidr = fc.constantFrom(
  '10.0.1.1/24',
  '10.0.1.2/24',
  '10.0.1.1/16',
  '10.0.2.1/24',
  'fd00::1/64',
  'fd00::1/48',
  'fd00::2/64',
  'fe80::1/64',
)

/** IPv6 has an address on a link once. */
const addresses = fc
  .uniqueArray(cidr, { maxLength: 3, selector: text => (text.includes(':') ? text.split('/')[0] : text) })
  .map(list => list.map((text): DesiredAddress => ({ cidr: text, duplicateDetection: false })))

const common = fc.record({
  up: fc.boolean(),
  mac: fc.option(fc.constantFrom('02:00:00:00:aa:01', '02:00:00:00:aa:02'), { nil: undefined }),
  addressing: fc.constantFrom('static' as const, 'dynamic' as const),
  addresses,
})

const link = fc.record({
  kind: fc.constantFrom('none', 'bridge', 'macvlan', 'tap', 'wireguard'),
  parent: fc.constantFrom(...NAMES, 'eth0'),
  master: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
  wide: fc.boolean(),
  key: fc.constantFrom(...KEYS),
  port: fc.constantFrom(3011, 3012, 3013),
  peers: fc.boolean(),
  common,
})
type LinkChoice = typeof link extends fc.Arbitrary<infer T> ? T : never

const table = fc
  .record({ name: fc.constantFrom('zos-host', 'nat'), accept: fc.boolean() })
  .map(({ name, accept }): NftTable => {
    const statements = [accept ? { accept: null } : { drop: null }]
    return { family: 'inet', name, sets: [], chains: [{ name: 'forward', rules: [{ statements }] }] }
  })

const namespaceChoice = fc.record({
  present: fc.boolean(),
  links: fc.array(link, { minLength: NAMES.length, maxLength: NAMES.length }),
  nft: fc.uniqueArray(table, { maxLength: 2, selector: ({ name }) => name }),
  forward: fc.option(fc.constantFrom('0', '1'), { nil: undefined }),
  sysctls: fc.dictionary(
    fc.constantFrom('net.ipv6.conf.all.disable_ipv6', ...NAMES.map(name => `net.ipv6.conf.${name}.disable_ipv6`)),
    fc.constantFrom('0', '1'),
    { maxKeys: 3 },
  ),
  services: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
  argument: fc.constantFrom('-a', '-b'),
})

export const places = fc.constantFrom(ROOT, ...NAMESPACES)

export const desiredStates: fc.Arbitrary<DesiredState> = fc
  .record({
    root: namespaceChoice,
    others: fc.tuple(...NAMESPACES.map(() => namespaceChoice)),
    nicMaster: fc.boolean(),
    pairs: fc.tuple(...PAIRS.map(() => fc.record({ wanted: fc.boolean(), ends: fc.tuple(places, places), common }))),
  })
  .map(({ root, others, nicMaster, pairs }) => {
    const chosen = [
      { name: ROOT, choice: root },
      ...NAMESPACES.flatMap((name, at) => (others[at]?.present ? [{ name, choice: others[at] }] : [])),
    ]
    // Two devices cannot listen on one port; a small range lets them exchange theirs between two states.
    const free = [3011, 3012, 3013, 3014, 3015, 3016, 3017, 3018, 3019, 3020, 3021, 3022]
    const takePort = (wanted: number) => free.splice(Math.max(0, free.indexOf(wanted)), 1)[0] as number
    const rootKinds = new Map(NAMES.map((name, at) => [name, root.links[at]?.kind ?? 'none']))
    const namespaces = chosen.map(({ name, choice }): DesiredNamespace => {
      const made = NAMES.flatMap((one, at) => linkFrom(name, one, choice.links[at] as LinkChoice, rootKinds, takePort))
      const bridges = new Set(made.flatMap(one => (one.kind === 'bridge' ? [one.name] : [])))
      const links = made.map((one, at) => {
        const { master } = choice.links[at] as LinkChoice
        return one.kind === 'tap' && master && bridges.has(master) ? { ...one, master } : one
      })
      const ends = pairs.flatMap(({ wanted, ends: [first, second], common }, at) => {
        const there = [first, second].every(end => chosen.some(one => one.name === end))
        if (!wanted || !there || first === second) return []
        const pair = PAIRS[at] as string
        const end = (peer: string): DesiredLink => ({
          ...clean(common),
          name: pair,
          mark: `veth:${pair}`,
          kind: 'veth',
          peer: { namespace: peer, name: pair },
        })
        return name === first ? [end(second)] : name === second ? [end(first)] : []
      })
      const nic: DesiredLink[] =
        name === ROOT
          ? [
              {
                kind: 'physical',
                name: 'eth0',
                mark: 'nic:eth0',
                up: true,
                addressing: 'static',
                addresses: [],
                ...(nicMaster && bridges.has('l0') ? { master: 'l0' } : {}),
              },
            ]
          : []
      const all = [...links, ...ends, ...nic]
      return {
        name,
        links: all,
        routes: routesOver(all),
        sysctls: {
          ...(choice.forward === undefined ? {} : { 'net.ipv4.ip_forward': choice.forward }),
          ...Object.fromEntries(
            Object.entries(choice.sysctls).filter(([key]) => {
              const of = linkOfSysctl(key)
              return of === undefined || all.some(one => one.name === of)
            }),
          ),
        },
        nft: choice.nft,
      }
    })
    const services = chosen.flatMap(({ name, choice }) =>
      choice.services.map(
        (one): ServiceSpec => ({
          name: `dhcp-${one}`,
          namespace: name,
          command: ['dhcpcd', choice.argument, one],
        }),
      ),
    )
    return { namespaces, services: [...new Map(services.map(service => [service.name, service])).values()] }
  })

function linkFrom(
  namespace: string,
  name: string,
  choice: LinkChoice,
  rootKinds: ReadonlyMap<string, string>,
  takePort: (wanted: number) => number,
): DesiredLink[] {
  const { kind, parent, wide } = choice
  const base = { ...clean(choice.common), name, mark: `${kind}:${name}` }
  if (kind === 'bridge') return [{ ...base, kind, vlanFiltering: false, ...(wide ? { mtu: 9000 } : {}) }]
  if (kind === 'tap') return [{ ...base, kind }]
  if (kind === 'macvlan') {
    const parentKind = parent === 'eth0' ? 'physical' : rootKinds.get(parent)
    if (parentKind !== 'bridge' && parentKind !== 'tap' && parentKind !== 'physical') return []
    if (namespace === ROOT && parent === name) return []
    return [{ ...base, kind, parent, ...(wide ? { mtu: 1400 } : {}) }]
  }
  if (kind !== 'wireguard') return []
  const { mac: _, ...rest } = base
  const peers = choice.peers ? [{ publicKey: PEER, allowedIps: ['10.1.0.0/16'], keepaliveSeconds: 20 }] : []
  const wireguard = { privateKey: new Secret(choice.key), listenPort: takePort(choice.port), peers }
  return [{ ...rest, name: `w-${namespace}-${name}`, kind, birthplace: ROOT, wireguard }]
}

function routesOver(links: readonly DesiredLink[]): Route[] {
  const routes = links
    .filter(one => one.up)
    .flatMap((one): Route[] => [
      ...one.addresses
        .filter(address => !address.cidr.startsWith('fe80'))
        .map(address => ({
          to: address.cidr.includes(':') ? '::/0' : '0.0.0.0/0',
          link: one.name,
          via: address.cidr.includes(':') ? 'fe80::9' : '10.0.1.9',
        }))
        .filter(({ via }) => via !== '10.0.1.9' || one.addresses.some(({ cidr }) => cidr === '10.0.1.1/24')),
      ...(one.kind === 'wireguard' ? [{ to: '10.1.0.0/16', link: one.name }] : []),
    ])
  return [...new Map(routes.map(route => [route.to, route])).values()]
}

function clean<T extends { mac: string | undefined }>({ mac, ...rest }: T): Omit<T, 'mac'> & { mac?: string } {
  return mac === undefined ? rest : { ...rest, mac }
}
