/**
 * A node's network in memory: what an operation leaves, by the rules of the kernel.
 *
 * It is as strict as the kernel is, so that an order of operations that would fail on a node fails here: what exists
 * cannot be added, what is missing cannot be changed, a route needs a link that is up and a next hop that is reachable.
 */
import { fingerprintOf } from '../services/fingerprint.js'
import { ROOT } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { withoutNamespace } from './consequences.js'
import { changeNamespace, linkAt, linkOfSysctl, namespaceOf } from './edit-state.js'
import { addAddress, addRoute, deleteAddress, deleteRoute } from './simulate-addresses.js'
import { addLink, addVlan, configureWireguard, deleteLink, deleteVlan, moveLink, setLink } from './simulate-links.js'
import { withSysctl } from './simulate-sysctl.js'
import { refused } from './simulation-error.js'

/** What is there after the operation. Nothing that is given is changed.
 *
 * @throws {NodeNetworkError} NODE_NET_COMMAND where the kernel would refuse
 */
export function simulate(state: ObservedState, operation: Operation): ObservedState {
  if ('namespace' in operation && operation.kind !== 'namespace-add' && !namespaceOf(state, operation.namespace)) {
    throw refused(operation, `there is no namespace ${operation.namespace}`)
  }
  switch (operation.kind) {
    case 'namespace-add': {
      const { namespace: name } = operation
      if (namespaceOf(state, name)) throw refused(operation, 'File exists')
      const made = { name, marked: true, links: [LOOPBACK], routes: [], sysctls: {}, nft: [] }
      return { ...state, namespaces: [...state.namespaces, made] }
    }
    case 'namespace-adopt':
      return changeNamespace(state, operation.namespace, namespace => ({ ...namespace, marked: true }))
    case 'namespace-delete':
      if (operation.namespace === ROOT) throw refused(operation, 'the root namespace stays')
      return withoutNamespace(state, operation.namespace)
    case 'link-add':
      return addLink(state, operation)
    case 'link-delete':
      return deleteLink(state, operation)
    case 'link-move':
      return moveLink(state, operation)
    case 'link-set':
      return setLink(state, operation)
    case 'vlan-add':
      return addVlan(state, operation)
    case 'vlan-delete':
      return deleteVlan(state, operation)
    case 'address-add':
      return addAddress(state, operation)
    case 'address-delete':
      return deleteAddress(state, operation)
    case 'route-add':
      return addRoute(state, operation)
    case 'route-delete':
      return deleteRoute(state, operation)
    case 'sysctl-set': {
      const name = linkOfSysctl(operation.key)
      if (name !== undefined && !linkAt(state, { namespace: operation.namespace, name })) {
        throw refused(operation, 'No such file or directory')
      }
      return changeNamespace(state, operation.namespace, there => withSysctl(there, operation.key, operation.value))
    }
    case 'nft-replace': {
      const { table } = operation
      return changeNamespace(state, operation.namespace, there => ({
        ...there,
        nft: [...there.nft.filter(one => one.family !== table.family || one.name !== table.name), table],
      }))
    }
    case 'nft-delete': {
      const isIt = (one: { family: string; name: string }) =>
        one.family === operation.family && one.name === operation.table
      if (!namespaceOf(state, operation.namespace)?.nft.some(isIt))
        throw refused(operation, 'No such file or directory')
      return changeNamespace(state, operation.namespace, there => ({
        ...there,
        nft: there.nft.filter(one => !isIt(one)),
      }))
    }
    case 'wireguard-set':
      return configureWireguard(state, operation)
    case 'service-start': {
      const { service } = operation
      if (!namespaceOf(state, service.namespace)) throw refused(operation, `there is no namespace ${service.namespace}`)
      const rest = state.services.filter(({ name }) => name !== service.name)
      const status = { name: service.name, state: 'running', fingerprint: fingerprintOf(service), restarts: 0 } as const
      return { ...state, services: [...rest, status] }
    }
    case 'service-stop':
      return { ...state, services: state.services.filter(({ name }) => name !== operation.name) }
  }
}

const LOOPBACK = {
  name: 'lo',
  index: 1,
  kind: 'loopback',
  up: true,
  carrier: true,
  mac: '00:00:00:00:00:00',
  mtu: 65536,
  addresses: [
    { cidr: '127.0.0.1/8', dynamic: false, tentative: false, scope: 'host' },
    { cidr: '::1/128', dynamic: false, tentative: false, scope: 'host' },
  ],
} as const
