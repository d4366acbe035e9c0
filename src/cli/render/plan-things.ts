/** The operations of a node's plan by what they are done to: namespaces, in them links and rules, and services. Pure. */
import { linkOfSysctl } from '../../network/node/simulate/edit-state.js'
import type { DesiredLink } from '../../network/node/state/desired.js'
import type { LinkSettings, Operation } from '../../network/node/state/operation.js'
import { counted } from './text.js'

export interface PlannedPlace {
  /** A namespace, or `services`. */
  readonly name: string
  /** What is done to the namespace as a whole. */
  readonly operations: readonly Operation[]
  readonly things: readonly PlannedThing[]
}

export interface PlannedThing {
  readonly name: string
  /** In their order, at least one. */
  readonly operations: readonly Operation[]
}

const ROOT = 'root'
const SERVICES = 'services'
/** No link is called so: a space is in none of their names. */
const SETTINGS = 'kernel settings'
const FIREWALL = 'nft tables'

/** The node's own namespace first and services last, the others as they come. */
export function planThings(operations: readonly Operation[]): readonly PlannedPlace[] {
  const places = new Map<string, { operations: Operation[]; things: Map<string, Operation[]> }>()
  for (const operation of operations) {
    for (const [namespace, thing] of subjectsOf(operation)) {
      const place = places.get(namespace) ?? { operations: [], things: new Map<string, Operation[]>() }
      places.set(namespace, place)
      if (thing === undefined) place.operations.push(operation)
      else place.things.set(thing, [...(place.things.get(thing) ?? []), operation])
    }
  }
  const rank = (name: string) => (name === ROOT ? 0 : name === SERVICES ? 2 : 1)
  return [...places]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, { operations, things }]) => ({
      name,
      operations,
      things: [...things].map(([thing, ofIt]) => ({ name: thing, operations: ofIt })),
    }))
}

/** Namespace and thing; of both ends where a pair is made. */
function subjectsOf(operation: Operation): readonly (readonly [string, string?])[] {
  switch (operation.kind) {
    case 'namespace-add':
    case 'namespace-adopt':
    case 'namespace-delete':
      return [[operation.namespace]]
    case 'link-add': {
      const { namespace, link } = operation
      const ends = [[namespace, link.name] as const]
      return link.kind === 'veth' ? [...ends, [link.peer.namespace, link.peer.name]] : ends
    }
    case 'link-delete':
    case 'link-move':
    case 'link-set':
    case 'wireguard-set':
      return [[operation.namespace, operation.name]]
    case 'vlan-add':
    case 'vlan-delete':
      return [[operation.place.namespace, operation.place.name]]
    case 'address-add':
    case 'address-delete':
      return [[operation.namespace, operation.link]]
    case 'route-add':
    case 'route-delete':
      return [[operation.namespace, operation.route.link]]
    case 'sysctl-set':
      return [[operation.namespace, linkOfSysctl(operation.key) ?? SETTINGS]]
    case 'nft-replace':
    case 'nft-delete':
      return [[operation.namespace, FIREWALL]]
    case 'service-start':
      return [[SERVICES, operation.service.name]]
    case 'service-stop':
      return [[SERVICES, operation.name]]
  }
}

/** What an operation does, said beside the name of the thing that it is done to.
 *
 * @param thing one end of a pair is made with the other
 */
export function partsOf(operation: Operation, thing: string): readonly string[] {
  switch (operation.kind) {
    case 'namespace-add':
    case 'namespace-adopt':
    case 'namespace-delete':
    case 'link-delete':
      return []
    case 'link-add':
      return [operation.link.name === thing ? linkShape(operation.link) : `veth to ${operation.link.name}`]
    case 'link-move':
      return [`moved to ${operation.to}`]
    case 'link-set':
      return settingsParts(operation.settings)
    case 'wireguard-set':
      return [`key, port ${operation.config.listenPort}, ${counted(operation.config.peers.length, 'peer')}`]
    case 'vlan-add': {
      const { id, pvid, untagged } = operation.vlan
      return [[`VLAN ${id}`, ...(pvid ? ['pvid'] : []), ...(untagged ? ['untagged'] : [])].join(' ')]
    }
    case 'vlan-delete':
      return [`VLAN ${operation.id}`]
    case 'address-add':
      return [operation.address.cidr]
    case 'address-delete':
      return [operation.cidr]
    case 'route-add':
    case 'route-delete': {
      const { to, via } = operation.route
      return [`route to ${to}${via === undefined ? '' : ` via ${via}`}`]
    }
    case 'sysctl-set':
      return [`${sysctlName(operation.key)}=${operation.value}`]
    case 'nft-replace':
      return [`${operation.table.family} ${operation.table.name}`]
    case 'nft-delete':
      return [`${operation.family} ${operation.table}`]
    case 'service-start':
      return [`in ${operation.service.namespace}`]
    case 'service-stop':
      return ['stopped']
  }
}

function linkShape(link: DesiredLink): string {
  if (link.kind === 'macvlan') return `macvlan on ${link.parent}`
  return link.kind === 'veth' ? `veth to ${link.peer.name}` : link.kind
}

function settingsParts({ mark, mac, mtu, master, vlanFiltering, up }: LinkSettings): readonly string[] {
  return [
    ...(mark === undefined ? [] : ['marked as ours']),
    ...(mac === undefined ? [] : [`MAC ${mac}`]),
    ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
    ...(master === undefined ? [] : [master === null ? 'port of no bridge' : `port of ${master}`]),
    ...(vlanFiltering === undefined ? [] : [`VLAN filtering ${vlanFiltering ? 'on' : 'off'}`]),
    ...(up === undefined ? [] : [up ? 'up' : 'down']),
  ]
}

/** Of a link's own, its last part says enough. */
function sysctlName(key: string): string {
  return linkOfSysctl(key) === undefined ? key : key.slice(key.lastIndexOf('.') + 1)
}
