/** Links of the model: made, deleted, moved, set. */
import { publicKeyOf } from '../plan/public-key-of.js'
import type { DesiredLink, LinkPlace } from '../state/desired.js'
import { ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { withLinkDown, withMovedLink, withoutLink } from './consequences.js'
import { changeLink, changeNamespace, linkAt, namespaceOf } from './edit-state.js'
import { refused } from './simulation-error.js'

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

export function addLink(state: ObservedState, operation: Of<'link-add'>): ObservedState {
  const { namespace, link, peer } = operation
  if (link.kind === 'physical' || link.kind === 'tun') throw refused(operation, `a ${link.kind} link is not made`)
  if (link.kind === 'wireguard' && namespace !== link.birthplace) {
    throw refused(operation, `it is born in ${link.birthplace}`)
  }
  const place = { namespace, name: link.name }
  if (link.kind === 'veth') {
    const end = peer ?? { ...link, name: link.peer.name, mark: link.mark }
    const made = withNewLink(state, place, link, link.peer, operation)
    return withNewLink(made, link.peer, end, place, operation)
  }
  const parent = link.kind === 'macvlan' ? { namespace: ROOT, name: link.parent } : undefined
  if (parent) {
    const below = linkAt(state, parent)
    if (!below) throw refused(operation, `Cannot find device "${parent.name}"`)
    if ((link.mtu ?? 0) > below.mtu) throw refused(operation, `MTU above that of ${parent.name}`)
  }
  return withNewLink(state, place, link, parent, operation)
}

export function deleteLink(state: ObservedState, operation: Of<'link-delete'>): ObservedState {
  const link = existing(state, operation, operation)
  if (link.kind === 'device' || link.kind === 'loopback') throw refused(operation, 'Operation not supported')
  const service = `wireguard-${operation.name}`
  return { ...withoutLink(state, operation), services: state.services.filter(({ name }) => name !== service) }
}

export function moveLink(state: ObservedState, operation: Of<'link-move'>): ObservedState {
  existing(state, operation, operation)
  if (!namespaceOf(state, operation.to)) throw refused(operation, `there is no namespace ${operation.to}`)
  if (linkAt(state, { namespace: operation.to, name: operation.name })) throw refused(operation, 'File exists')
  return withMovedLink(state, operation, operation.to)
}

export function setLink(state: ObservedState, operation: Of<'link-set'>): ObservedState {
  const { namespace, name, settings } = operation
  const now = existing(state, operation, operation)
  const { master, up = now.up, mark, mac, mtu, vlanFiltering } = settings
  if (typeof master === 'string' && linkAt(state, { namespace, name: master })?.kind !== 'bridge') {
    throw refused(operation, `there is no bridge ${master}`)
  }
  if (mtu !== undefined && now.kind === 'macvlan' && now.lower && mtu > (linkAt(state, now.lower)?.mtu ?? mtu)) {
    throw refused(operation, 'MTU above that of its parent')
  }
  const changed = changeLink(state, { namespace, name }, ({ master: before, ...link }) => {
    const bridge = master === undefined ? before : (master ?? undefined)
    return {
      ...link,
      ...(bridge === undefined ? {} : { master: bridge }),
      ...(mark === undefined ? {} : { mark }),
      ...(mac === undefined ? {} : { mac }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(vlanFiltering === undefined ? {} : { vlanFiltering }),
      ...(up ? { up, carrier: true } : {}),
    }
  })
  const told = withVlansTold(changed, namespace)
  return now.up && !up ? withLinkDown(told, operation) : told
}

/** Ports of bridges that filter, and these themselves, show VLANs; no other link does. */
function withVlansTold(state: ObservedState, namespace: string): ObservedState {
  return changeNamespace(state, namespace, there => {
    const filtering = new Set(there.links.flatMap(({ name, vlanFiltering }) => (vlanFiltering ? [name] : [])))
    const links = there.links.map(({ vlans, ...link }) =>
      filtering.has(link.name) || filtering.has(link.master ?? '') ? { ...link, vlans: vlans ?? [VLAN_1] } : link,
    )
    return { ...there, links }
  })
}

export function addVlan(state: ObservedState, operation: Of<'vlan-add'>): ObservedState {
  const { place, vlan, self } = operation
  const link = existing(state, place, operation)
  if (!self && link.master === undefined) throw refused(operation, 'Operation not supported')
  return changeLink(state, place, ({ vlans = [], ...rest }) => ({
    ...rest,
    vlans: [
      ...vlans.filter(({ id }) => id !== vlan.id).map(one => (vlan.pvid ? { ...one, pvid: false } : one)),
      vlan,
    ].sort((one, other) => one.id - other.id),
  }))
}

export function deleteVlan(state: ObservedState, operation: Of<'vlan-delete'>): ObservedState {
  const { vlans = [] } = existing(state, operation.place, operation)
  if (!vlans.some(({ id }) => id === operation.id)) throw refused(operation, 'No such file or directory')
  return changeLink(state, operation.place, link => ({
    ...link,
    vlans: vlans.filter(({ id }) => id !== operation.id),
  }))
}

export function configureWireguard(state: ObservedState, operation: Of<'wireguard-set'>): ObservedState {
  const link = existing(state, operation, operation)
  if (link.kind !== 'wireguard' && !link.wireguard) throw refused(operation, 'Operation not supported')
  const { privateKey, listenPort, peers } = operation.config
  // Devices of others count where they were born, which nobody knows.
  const ours = state.namespaces.filter(({ name, marked }) => marked || name === ROOT)
  const others = ours.flatMap(({ links }) =>
    links.filter(({ name, mark }) => mark !== undefined && name !== operation.name),
  )
  if (others.some(({ wireguard }) => wireguard?.listenPort === listenPort)) {
    throw refused(operation, 'Address already in use')
  }
  const wireguard = { publicKey: publicKeyOf(privateKey), listenPort, peers }
  return changeLink(state, operation, one => ({ ...one, wireguard }))
}

function existing(state: ObservedState, { namespace, name }: LinkPlace, operation: Operation): ObservedLink {
  const link = linkAt(state, { namespace, name })
  if (!link) throw refused(operation, `Cannot find device "${name}"`)
  return link
}

function withNewLink(
  state: ObservedState,
  { namespace, name }: LinkPlace,
  link: DesiredLink,
  lower: LinkPlace | undefined,
  operation: Operation,
): ObservedState {
  const there = namespaceOf(state, namespace)
  if (!there) throw refused(operation, `there is no namespace ${namespace}`)
  if (there.links.some(one => one.name === name)) throw refused(operation, 'File exists')
  const index = Math.max(0, ...there.links.map(one => one.index)) + 1
  const made: ObservedLink = {
    name,
    index,
    kind: link.kind === 'tap' ? 'tun' : link.kind,
    ...(link.kind === 'tap' ? { tunMode: 'tap' as const } : {}),
    mark: link.mark,
    up: false,
    carrier: false,
    ...(link.kind === 'wireguard' ? {} : { mac: link.mac ?? macOf(index) }),
    mtu: link.mtu ?? (link.kind === 'wireguard' ? 1420 : 1500),
    ...(lower ? { lower } : {}),
    ...(link.kind === 'bridge' && link.vlanFiltering ? { vlanFiltering: true, vlans: [VLAN_1] } : {}),
    ...(link.kind === 'wireguard' ? { wireguard: { publicKey: '', listenPort: 0, peers: [] } } : {}),
    addresses: [],
  }
  return changeNamespace(state, namespace, one => ({ ...one, links: [...one.links, made] }))
}

/** What the kernel gives every filtering bridge and its ports. */
const VLAN_1 = { id: 1, pvid: true, untagged: true }

function macOf(index: number): string {
  return `02:00:00:00:${hexByte(index >> 8)}:${hexByte(index)}`
}

function hexByte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0')
}
