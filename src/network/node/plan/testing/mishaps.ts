/** A machine with things of others on it, and what people, crashes and other programs do to what is ours. */
import fc from 'fast-check'

import type { NftTable } from '../../nft/ruleset.js'
import { withLinkDown, withMovedLink, withoutLink } from '../../simulate/consequences.js'
import { changeLink, changeNamespace, linkAt, namespaceOf } from '../../simulate/edit-state.js'
import { ROOT } from '../../state/desired.js'
import type { ObservedLink, ObservedState } from '../../state/observed.js'
import { NIC } from '../../system/testing/example-network.js'
import { cidr, NAMES, NAMESPACES, PAIRS, places } from './generated-states.js'

const FOREIGN_LINK: ObservedLink = {
  name: 'docker0',
  index: 90,
  kind: 'bridge',
  up: true,
  carrier: true,
  mac: '02:42:00:00:00:01',
  mtu: 1500,
  addresses: [{ cidr: '172.17.0.1/16', dynamic: false, tentative: false, scope: 'global' }],
}
const FOREIGN_TABLE: NftTable = { family: 'ip', name: 'docker', sets: [], chains: [] }

/** A machine with a NIC and things of others. */
export const bareMachine: ObservedState = {
  namespaces: [
    {
      name: ROOT,
      marked: false,
      links: [NIC, FOREIGN_LINK],
      routes: [{ to: '192.0.2.0/24', link: 'docker0', family: 4, protocol: 'static' }],
      sysctls: {},
      nft: [FOREIGN_TABLE],
    },
    {
      name: 'blue',
      marked: false,
      links: [{ ...FOREIGN_LINK, name: 'l0' }],
      routes: [],
      sysctls: {},
      nft: [FOREIGN_TABLE],
    },
  ],
  services: [],
}

/** What is not ours on it. */
export function foreignOf(state: ObservedState): unknown {
  const root = namespaceOf(state, ROOT)
  return [
    namespaceOf(state, 'blue'),
    root?.links.find(({ name }) => name === 'docker0'),
    root?.routes.filter(({ link }) => link === 'docker0'),
    root?.nft.filter(({ name }) => name === 'docker'),
  ]
}

export type Mishap = (state: ObservedState) => ObservedState

const place = fc.record({ namespace: places, name: fc.constantFrom(...NAMES, ...PAIRS, 'w-n-a-l0', 'w-ndmz-l1') })

/** What people, crashes and other programs do to what is ours. */
export const mishaps: fc.Arbitrary<Mishap> = fc.oneof(
  place.map(
    (at): Mishap =>
      state =>
        withoutLink(state, at),
  ),
  place.map(
    (at): Mishap =>
      state =>
        linkAt(state, at)?.up ? withLinkDown(state, at) : changeLink(state, at, one => ({ ...one, up: true })),
  ),
  place.map(
    (at): Mishap =>
      state =>
        changeLink(state, at, ({ mark: _, ...one }) => one),
  ),
  place.map(
    (at): Mishap =>
      state =>
        changeLink(state, at, one => ({ ...one, mac: '02:00:00:00:bb:01' })),
  ),
  place.map(
    (at): Mishap =>
      state =>
        changeLink(state, at, ({ master: _, ...one }) => one),
  ),
  // Made anew, by hand or by an older version, as something else.
  fc.tuple(place, fc.constantFrom('bridge', 'veth', 'ifb')).map(
    ([at, kind]): Mishap =>
      state => {
        const mark = linkAt(state, at)?.mark
        if (mark === undefined) return state
        const { mark: _, ...unmarked } = { ...FOREIGN_LINK, name: at.name, kind, addresses: [] }
        return changeNamespace(withoutLink(state, at), at.namespace, there => ({
          ...there,
          links: [...there.links, { ...unmarked, mark }],
        }))
      },
  ),
  fc.tuple(place, cidr).map(
    ([at, text]): Mishap =>
      state =>
        changeLink(state, at, one => {
          const ip = (value: string) => (value.includes(':') ? value.split('/')[0] : value)
          if (one.addresses.some(address => ip(address.cidr) === ip(text))) return one
          const added = { cidr: text, dynamic: false, tentative: true, scope: 'global' } as const
          return { ...one, addresses: [added, ...one.addresses] }
        }),
  ),
  place.map(
    (at): Mishap =>
      state =>
        changeLink(state, at, one => ({ ...one, addresses: one.addresses.slice(1) })),
  ),
  places.map(
    (at): Mishap =>
      state =>
        changeNamespace(state, at, there => ({ ...there, routes: there.routes.slice(1) })),
  ),
  place.map(
    (at): Mishap =>
      state => {
        if (linkAt(state, at)?.mark === undefined) return state
        const route = { to: '198.51.100.0/24', link: at.name, family: 4, protocol: 'static' } as const
        return changeNamespace(state, at.namespace, there => ({ ...there, routes: [...there.routes, route] }))
      },
  ),
  places.map(
    (at): Mishap =>
      state =>
        changeNamespace(state, at, there => ({ ...there, nft: there.nft.slice(1) })),
  ),
  places.map(
    (at): Mishap =>
      state => {
        const old: NftTable = { family: 'inet', name: 'zos-old', sets: [], chains: [] }
        return changeNamespace(state, at, there => ({
          ...there,
          nft: [...there.nft.filter(({ name }) => name !== old.name), old],
        }))
      },
  ),
  fc.constantFrom(...NAMESPACES).map(
    (at): Mishap =>
      state =>
        changeNamespace(state, at, there => ({ ...there, marked: false })),
  ),
  // A crash while NICs were probed.
  fc.constant(((state: ObservedState) => {
    if (namespaceOf(state, 'probe-eth0')) return state
    const probe = { name: 'probe-eth0', marked: false, links: [], routes: [], sysctls: {}, nft: [] }
    const made = { ...state, namespaces: [...state.namespaces, probe] }
    return withMovedLink(made, { namespace: ROOT, name: 'eth0' }, 'probe-eth0')
  }) as Mishap),
  fc.constant(((state: ObservedState) => ({ ...state, services: state.services.slice(1) })) as Mishap),
  fc.constant(((state: ObservedState) => ({
    ...state,
    services: [
      ...state.services.filter(({ name }) => name !== 'mycelium-old'),
      { name: 'mycelium-old', state: 'running', fingerprint: 'x', restarts: 0 },
    ],
  })) as Mishap),
)
