/** What the configuration does not say: choices that were made, and what is there already. */
import type { ServiceSpec } from '../services/port.js'
import { ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedState } from '../state/observed.js'
import { BRIDGE } from './names.js'

export interface NodeFacts {
  /** The NIC that leads out. */
  readonly uplink: string
  /** Its own hardware address, which the bridge takes over. */
  readonly uplinkMac?: string
  /** The NIC of the public segment; absent: the public bridge goes through the uplink's. */
  readonly exit?: string
  /** Every other NIC. */
  readonly idleNics: readonly string[]
  /** Network id → its address in 100.127.0.0/16, of the networks that are there. */
  readonly leases: ReadonlyMap<string, string>
  /** The service that gets and keeps a DHCP lease on a link. */
  keepLease(link: string, namespace: string, options: { readonly dns: boolean }): ServiceSpec
  /** The Mycelium daemon's program, where there is one. */
  readonly myceliumBinary?: string
  /** An absolute path; key files of services are put there. */
  readonly stateDir: string
}

/** What a node that was set up before says about choices: the ports of its bridges, and the leases of its networks. */
export function standingChoices(observed: ObservedState): Pick<NodeFacts, 'leases'> & {
  readonly uplink?: string
  readonly exit?: string
} {
  const root = observed.namespaces.find(({ name }) => name === ROOT)
  const nicOf = (bridge: string) =>
    root?.links.find(({ master, kind, mark }) => master === bridge && kind !== 'tun' && mark === undefined)?.name
  const uplink = nicOf(BRIDGE.uplink)
  const exit = nicOf(BRIDGE.public)
  return {
    ...(uplink === undefined ? {} : { uplink }),
    ...(exit === undefined ? {} : { exit }),
    leases: leasesOf(observed),
  }
}

/** No file remembers leases: the devices do, for as long as the networks live. */
function leasesOf({ namespaces }: ObservedState): ReadonlyMap<string, string> {
  const leases = new Map<string, string>()
  for (const { name, links } of namespaces) {
    const id = /^n-?([1-9A-HJ-NP-Za-km-z]{10,13})$/.exec(name)?.[1]
    const addresses = links.find(link => link.name === 'public')?.addresses.map(({ cidr }) => cidr) ?? []
    const lease = addresses.find(cidr => cidr.startsWith('100.127.'))?.split('/')[0]
    if (id !== undefined && lease !== undefined) leases.set(id, lease)
  }
  return leases
}

/** What does not depend on what is there. */
export type KnownFacts = Pick<NodeFacts, 'keepLease' | 'myceliumBinary' | 'stateDir'>

export function factsOf(given: {
  readonly observed: ObservedState
  readonly nics: readonly Pick<ObservedLink, 'name' | 'mac'>[]
  readonly choice: { readonly uplink: string; readonly exit?: string }
  readonly known: KnownFacts
}): NodeFacts {
  const { observed, nics, choice, known } = given
  const { uplink, exit } = choice
  const mac = nics.find(({ name }) => name === uplink)?.mac
  return {
    ...known,
    uplink,
    ...(mac === undefined ? {} : { uplinkMac: mac }),
    ...(exit === undefined ? {} : { exit }),
    idleNics: nics.map(({ name }) => name).filter(name => name !== uplink && name !== exit),
    leases: standingChoices(observed).leases,
  }
}
