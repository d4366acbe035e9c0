/** Operations as lines of `ip -batch`, and where each batch runs. */
import { type DesiredLink, type LinkPlace, ROOT, type Route } from '../state/desired.js'
import { MARK_PREFIX } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { ipWord, linkWord, macWord, markWord, namespaceWord, numberWord } from './batch-word.js'

export interface IpLine {
  /** Where the batch runs that holds it. */
  readonly namespace: string
  readonly text: string
}

/** How `ip` names a namespace: the runner's `nameOf`. */
type NameOf = (namespace: string) => string

/** The mark of a namespace, on its `lo`: it holds the name, so that nobody takes one of another node for his own. */
export function namespaceMark(namespace: string): string {
  return `${MARK_PREFIX}namespace:${namespace}`
}

/** Empty for operations that other programs do. The first line does it; those in another namespace only mark it. */
export function ipLines(operation: Operation, nameOf: NameOf): readonly IpLine[] {
  switch (operation.kind) {
    case 'namespace-add': {
      const { namespace } = operation
      return [at(ROOT, `netns add ${namespaceWord(nameOf(namespace))}`), markNamespace(namespace)]
    }
    case 'namespace-adopt':
      return [markNamespace(operation.namespace)]
    case 'namespace-delete':
      return [at(ROOT, `netns delete ${namespaceWord(nameOf(operation.namespace))}`)]
    case 'link-add':
      return addLines(operation, nameOf)
    case 'link-delete':
      return [at(operation.namespace, `link delete dev ${linkWord(operation.name)}`)]
    case 'link-move':
      return [
        at(
          operation.namespace,
          `link set dev ${linkWord(operation.name)} netns ${namespaceWord(nameOf(operation.to))}`,
        ),
      ]
    case 'link-set':
      return [at(operation.namespace, setLine(operation))]
    case 'address-add': {
      const { namespace, link, address } = operation
      const nodad = !address.duplicateDetection && address.cidr.includes(':') ? ' nodad' : ''
      return [at(namespace, `address add ${ipWord(address.cidr)} dev ${linkWord(link)}${nodad}`)]
    }
    case 'address-delete':
      return [at(operation.namespace, `address delete ${ipWord(operation.cidr)} dev ${linkWord(operation.link)}`)]
    case 'route-add':
      return [at(operation.namespace, `route add ${routeWords(operation.route)}`)]
    case 'route-delete':
      return [at(operation.namespace, `route delete ${routeWords(operation.route)}`)]
    default:
      return []
  }
}

/** A device is made by `made` already (wireguard-go): what is left is its mark and MTU. */
export function settleLine({ namespace, name }: LinkPlace, link: DesiredLink): IpLine {
  const words = ['link set dev', linkWord(name), 'alias', MARK_PREFIX + markWord(link.mark), ...sizeWords(link)]
  return at(namespace, words.join(' '))
}

function addLines(
  { namespace, link, peer }: Extract<Operation, { kind: 'link-add' }>,
  nameOf: NameOf,
): readonly IpLine[] {
  const name = linkWord(link.name)
  const place = { namespace, name: link.name }
  const into = (to: string) => (to === ROOT ? [] : ['netns', namespaceWord(nameOf(to))])
  const made = (words: readonly string[]) => at(ROOT, ['link add', ...words].join(' '))
  switch (link.kind) {
    case 'bridge': {
      const filtering = link.vlanFiltering ? ['vlan_filtering 1'] : []
      const { mac, mtu, ...rest } = link
      const words = [
        name,
        ...into(namespace),
        ...sizeWords(mac === undefined ? {} : { mac }),
        'type bridge',
        ...filtering,
      ]
      // A bridge keeps an MTU that is set later, and takes that of its ports for one that it was made with.
      return [made(words), settleLine(place, mtu === undefined ? rest : { ...rest, mtu })]
    }
    case 'macvlan': {
      const mac = link.mac ?? link.macWhenMade
      const sizes = sizeWords({ ...link, ...(mac === undefined ? {} : { mac }) })
      const words = ['link', linkWord(link.parent), 'name', name, ...into(namespace), ...sizes]
      return [made([...words, 'type macvlan mode bridge']), settleLine(place, mark(link))]
    }
    case 'veth': {
      const other = link.peer
      const words = [name, ...into(namespace), ...sizeWords(link), 'type veth peer name', linkWord(other.name)]
      return [
        made([...words, ...into(other.namespace), ...(peer ? sizeWords(peer) : [])]),
        settleLine(place, mark(link)),
        ...(peer ? [settleLine(other, mark(peer))] : []),
      ]
    }
    case 'tap':
      return [at(namespace, `tuntap add dev ${name} mode tap`), settleLine(place, link)]
    case 'wireguard':
      return [at(namespace, `link add ${name} type wireguard`), settleLine(place, link)]
    case 'tun':
    case 'physical':
      return []
  }
}

/** Its MAC and MTU were given when it was made. */
function mark({ mac: _, mtu: __, ...link }: DesiredLink): DesiredLink {
  return link as DesiredLink
}

function markNamespace(namespace: string): IpLine {
  return at(namespace, `link set dev lo up alias ${markWord(namespaceMark(namespace))}`)
}

function setLine({ name, settings }: Extract<Operation, { kind: 'link-set' }>): string {
  const { mark, mac, mtu, master, vlanFiltering, up } = settings
  return [
    'link set dev',
    linkWord(name),
    ...(up === undefined ? [] : [up ? 'up' : 'down']),
    ...sizeWords({ ...(mac === undefined ? {} : { mac }), ...(mtu === undefined ? {} : { mtu }) }),
    ...(master === undefined ? [] : master === null ? ['nomaster'] : ['master', linkWord(master)]),
    ...(mark === undefined ? [] : ['alias', MARK_PREFIX + markWord(mark)]),
    ...(vlanFiltering === undefined ? [] : [`type bridge vlan_filtering ${vlanFiltering ? 1 : 0}`]),
  ].join(' ')
}

function sizeWords({ mac, mtu }: { readonly mac?: string; readonly mtu?: number }): readonly string[] {
  return [
    ...(mac === undefined ? [] : ['address', macWord(mac)]),
    ...(mtu === undefined ? [] : ['mtu', numberWord(mtu, 65_536)]),
  ]
}

/** `ip` takes no `default` for IPv6 in a batch, but the range. */
function routeWords({ to, via, link, metric }: Route): string {
  return [
    ipWord(to),
    ...(via === undefined ? [] : ['via', ipWord(via)]),
    'dev',
    linkWord(link),
    ...(metric === undefined ? [] : ['metric', numberWord(metric)]),
    'proto static',
  ].join(' ')
}

function at(namespace: string, text: string): IpLine {
  return { namespace, text }
}
