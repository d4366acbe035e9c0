/** Sets of ports, and the test whether a packet goes to one of them. */
import { NodeNetworkError } from '../../../../errors/node-network.js'
import type { NftSet, NftValue } from '../ruleset.js'
import { sortValues } from '../sort-values.js'
import { field, match } from './statements.js'

/** A set of ports, each once. @throws {NodeNetworkError} NODE_NET_PORT */
export function portSet(name: string, ports: readonly number[]): NftSet {
  for (const port of ports) {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) continue
    throw new NodeNetworkError('NODE_NET_PORT', `${port} is no port`, {
      hint: 'ports go from 1 to 65535',
      details: { reason: 'no-port', port },
    })
  }
  return { name, type: ['inet_service'], elements: sortValues([...new Set(ports)]) }
}

/** The packet goes to a port of the set. */
export function goesToPorts(protocol: 'tcp' | 'udp', set: NftSet): NftValue {
  return match(field(protocol, 'dport'), `@${set.name}`)
}
