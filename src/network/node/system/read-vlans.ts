/** `bridge -j vlan show`: VLANs of bridges and their ports, by link. */
import type { BridgeVlan } from '../state/desired.js'
import { JsonPlace } from './read-ip-json.js'

const MOST_VLANS = 4094

/** @throws {NodeNetworkError} NODE_NET_OBSERVE */
export function readVlans(command: string, document: unknown): ReadonlyMap<string, readonly BridgeVlan[]> {
  const links = new JsonPlace(command, 'vlans').objects(document).map(({ object, place }) => {
    const vlans = place
      .at('vlans')
      .objects(object.vlans ?? [])
      .flatMap(({ object: vlan, place: where }): BridgeVlan[] => {
        const first = where.whole(vlan, 'vlan')
        const last = Math.min(where.optionalWhole(vlan, 'vlanEnd') ?? first, MOST_VLANS)
        const flags = Array.isArray(vlan.flags) ? vlan.flags : []
        const pvid = flags.includes('PVID')
        const untagged = flags.includes('Egress Untagged')
        return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => ({ id: first + at, pvid, untagged }))
      })
    return [place.text(object, 'ifname'), vlans] as const
  })
  return new Map(links)
}
