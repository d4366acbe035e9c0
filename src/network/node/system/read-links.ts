/** `ip -j -d addr show`: links with their addresses. */
import { MARK_PREFIX, type ObservedAddress, type ObservedLink } from '../state/observed.js'
import { type JsonObject, JsonPlace } from './read-ip-json.js'

/** A link, and where to look for the one below it or at its other end. */
export interface ReadLink {
  readonly link: ObservedLink
  /** The alias of `lo` marks its namespace. */
  readonly alias?: string
  /** The other link's name in the same namespace, or its index in the one that this one calls `netnsId`. */
  readonly lower?: { readonly name: string } | { readonly index: number; readonly netnsId?: number }
}

/** @throws {NodeNetworkError} NODE_NET_OBSERVE */
export function readLinks(command: string, document: unknown): readonly ReadLink[] {
  return new JsonPlace(command, 'links').objects(document).map(({ object, place }) => readLink(object, place))
}

function readLink(object: JsonObject, place: JsonPlace): ReadLink {
  const info = place.object(object, 'linkinfo')
  const data = place.at('linkinfo').object(info, 'info_data')
  const flags = object.flags
  if (!Array.isArray(flags)) throw place.at('flags').error('a list', flags)
  const kind = kindOf(object, info, place)
  const alias = place.optionalText(object, 'ifalias')
  const mac = place.optionalText(object, 'address')
  const master = place.optionalText(object, 'master')
  const filtering = data.vlan_filtering
  return {
    link: {
      name: place.text(object, 'ifname'),
      index: place.whole(object, 'ifindex'),
      kind,
      ...(kind === 'tun' && (data.type === 'tun' || data.type === 'tap') ? { tunMode: data.type } : {}),
      ...(alias?.startsWith(MARK_PREFIX) ? { mark: alias.slice(MARK_PREFIX.length) } : {}),
      up: flags.includes('UP'),
      carrier: flags.includes('LOWER_UP'),
      ...(mac === undefined ? {} : { mac }),
      mtu: place.whole(object, 'mtu'),
      ...(master === undefined ? {} : { master }),
      ...(kind === 'bridge' && filtering !== undefined ? { vlanFiltering: filtering === 1 || filtering === true } : {}),
      addresses: readAddresses(object, place),
    },
    ...(alias === undefined ? {} : { alias }),
    ...lowerOf(object, place),
  }
}

function lowerOf(object: JsonObject, place: JsonPlace): Pick<ReadLink, 'lower'> {
  const name = place.optionalText(object, 'link')
  if (name !== undefined) return { lower: { name } }
  const index = place.optionalWhole(object, 'link_index')
  const netnsId = place.optionalWhole(object, 'link_netnsid')
  if (index === undefined || index === 0) return {}
  return { lower: { index, ...(netnsId === undefined ? {} : { netnsId }) } }
}

/** Hardware has no kind of its own. */
function kindOf(object: JsonObject, info: JsonObject, place: JsonPlace): string {
  const kind = place.at('linkinfo').optionalText(info, 'info_kind')
  return kind ?? (place.text(object, 'link_type') === 'loopback' ? 'loopback' : 'device')
}

const SCOPES: ReadonlySet<string> = new Set(['global', 'link', 'host', 'site'])

function readAddresses(object: JsonObject, place: JsonPlace): readonly ObservedAddress[] {
  return place
    .at('addr_info')
    .objects(object.addr_info ?? [])
    .filter(({ object: { family } }) => family === 'inet' || family === 'inet6')
    .map(({ object: address, place: where }) => {
      const scope = where.text(address, 'scope')
      return {
        cidr: `${where.text(address, 'local')}/${where.whole(address, 'prefixlen')}`,
        dynamic: address.dynamic === true,
        tentative: address.tentative === true,
        // Others are numbers that somebody chose.
        scope: (SCOPES.has(scope) ? scope : 'global') as ObservedAddress['scope'],
      }
    })
}
