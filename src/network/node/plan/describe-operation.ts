import type { LinkSettings, Operation } from '../state/operation.js'

/** One line for a person, without the reason and without a secret.
 *
 * @example describeOperation(operation) // 'address-add 10.1.2.1/24 on n-2gD4nhwZyigBh in n-2gD4nhwZyigBh'
 */
export function describeOperation(operation: Operation): string {
  return `${operation.kind} ${objectOf(operation)}`
}

function objectOf(operation: Operation): string {
  switch (operation.kind) {
    case 'namespace-add':
    case 'namespace-adopt':
    case 'namespace-delete':
      return operation.namespace
    case 'link-add':
      return `${operation.link.name} (${operation.link.kind}) in ${operation.namespace}`
    case 'link-delete':
    case 'wireguard-set':
      return `${operation.name} in ${operation.namespace}`
    case 'link-move':
      return `${operation.name} from ${operation.namespace} to ${operation.to}`
    case 'link-set':
      return `${operation.name} in ${operation.namespace}: ${listed(operation.settings)}`
    case 'vlan-add':
      return `${operation.vlan.id} on ${operation.place.name} in ${operation.place.namespace}`
    case 'vlan-delete':
      return `${operation.id} on ${operation.place.name} in ${operation.place.namespace}`
    case 'address-add':
      return `${operation.address.cidr} on ${operation.link} in ${operation.namespace}`
    case 'address-delete':
      return `${operation.cidr} on ${operation.link} in ${operation.namespace}`
    case 'route-add':
    case 'route-delete': {
      const { to, via, link } = operation.route
      return `${to}${via === undefined ? '' : ` via ${via}`} over ${link} in ${operation.namespace}`
    }
    case 'sysctl-set':
      return `${operation.key} to ${operation.value} in ${operation.namespace}`
    case 'nft-replace':
      return `${operation.table.family} ${operation.table.name} in ${operation.namespace}`
    case 'nft-delete':
      return `${operation.family} ${operation.table} in ${operation.namespace}`
    case 'service-start':
      return `${operation.service.name} in ${operation.service.namespace}`
    case 'service-stop':
      return operation.name
  }
}

function listed(settings: LinkSettings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} ${value ?? 'none'}`)
    .join(', ')
}
