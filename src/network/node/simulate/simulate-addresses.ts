/** Addresses and routes of the model. */
import { contains, parseCidr, parseIp } from '../../address/index.js'
import { metricOf } from '../plan/plan-routes.js'
import type { ObservedAddress, ObservedNamespace, ObservedRoute, ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { subnetOf, withoutAddress } from './addresses.js'
import { changeLink, changeNamespace, linkAt, namespaceOf } from './edit-state.js'
import { refused } from './simulation-error.js'

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

export function addAddress(state: ObservedState, operation: Of<'address-add'>): ObservedState {
  const { namespace, link: name, address } = operation
  const link = linkAt(state, { namespace, name })
  if (!link) throw refused(operation, `Cannot find device "${name}"`)
  const key = (cidr: string) => (cidr.includes(':') ? cidr.split('/')[0] : cidr)
  if (link.addresses.some(({ cidr }) => key(cidr) === key(address.cidr))) throw refused(operation, 'File exists')
  const added: ObservedAddress = {
    cidr: address.cidr,
    dynamic: false,
    tentative: address.duplicateDetection && address.cidr.includes(':'),
    scope: /^fe[89ab]/.test(address.cidr) ? 'link' : 'global',
  }
  return changeLink(state, { namespace, name }, one => ({ ...one, addresses: [...one.addresses, added] }))
}

export function deleteAddress(state: ObservedState, operation: Of<'address-delete'>): ObservedState {
  const { namespace, link: name, cidr } = operation
  const link = linkAt(state, { namespace, name })
  if (!link?.addresses.some(one => one.cidr === cidr)) throw refused(operation, 'Cannot assign requested address')
  return withoutAddress(state, { namespace, name }, cidr)
}

export function addRoute(state: ObservedState, operation: Of<'route-add'>): ObservedState {
  const { namespace, route } = operation
  const there = namespaceOf(state, namespace) as ObservedNamespace
  const link = linkAt(state, { namespace, name: route.link })
  if (!link) throw refused(operation, `Cannot find device "${route.link}"`)
  if (!link.up) throw refused(operation, 'Network is down')
  if (there.routes.some(one => one.to === route.to && metricOf(one) === metricOf(route))) {
    throw refused(operation, 'File exists')
  }
  if (route.via !== undefined && !isReachable(route.via, route.link, there)) {
    throw refused(operation, 'Nexthop has invalid gateway')
  }
  const added: ObservedRoute = { ...route, family: route.to.includes(':') ? 6 : 4, protocol: 'static' }
  return changeNamespace(state, namespace, one => ({ ...one, routes: [...one.routes, added] }))
}

export function deleteRoute(state: ObservedState, operation: Of<'route-delete'>): ObservedState {
  const { namespace, route } = operation
  const isIt = (one: ObservedRoute) =>
    one.protocol === 'static' &&
    one.to === route.to &&
    one.link === route.link &&
    one.via === route.via &&
    metricOf(one) === metricOf(route)
  if (!namespaceOf(state, namespace)?.routes.some(isIt)) throw refused(operation, 'No such process')
  return changeNamespace(state, namespace, there => ({ ...there, routes: there.routes.filter(one => !isIt(one)) }))
}

function isReachable(via: string, link: string, namespace: ObservedNamespace): boolean {
  if (/^fe[89ab]/.test(via)) return true
  const hop = parseIp(via)
  const subnets = namespace.links.find(({ name }) => name === link)?.addresses.map(({ cidr }) => subnetOf(cidr)) ?? []
  const direct = namespace.routes.filter(one => one.link === link && one.via === undefined).map(({ to }) => to)
  return [...subnets, ...direct].some(range => contains(parseCidr(range), hop))
}
