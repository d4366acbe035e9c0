/** A node with a NIC, an uplink bridge, ndmz and user networks, as data. */
import { Secret } from '../../../../core/secret.js'
import type { NftTable } from '../../nft/ruleset.js'
import { type DesiredLink, type DesiredNamespace, type DesiredState, ROOT } from '../../state/desired.js'
import type { ObservedLink, ObservedState } from '../../state/observed.js'

export const NIC: ObservedLink = {
  name: 'eth0',
  index: 2,
  kind: 'device',
  up: true,
  carrier: true,
  mtu: 1500,
  addresses: [],
}

/** A machine with a NIC and nothing else. */
export const bareNode: ObservedState = {
  namespaces: [{ name: ROOT, marked: false, links: [NIC], routes: [], sysctls: {}, nft: [] }],
  services: [],
}

const address = (cidr: string) => ({ cidr, duplicateDetection: false })

export function nftTable(name: string, policy: 'accept' | 'drop' = 'accept'): NftTable {
  const hook = { type: 'filter', hook: 'forward', priority: 0, policy } as const
  return {
    family: 'inet',
    name,
    sets: [],
    chains: [{ name: 'forward', hook, rules: [{ statements: [{ accept: null }] }] }],
  }
}

export interface ExampleOptions {
  readonly networks: number
  /** Without what needs /dev/net/tun. */
  readonly plain?: boolean
}

/** The machine must have a link `eth0`. */
export function exampleNetwork({ networks, plain = false }: ExampleOptions): DesiredState {
  const numbers = Array.from({ length: networks }, (_, number) => number)
  const bridges = numbers.flatMap((number): DesiredLink[] => [
    link(`b-${number}`, { kind: 'bridge', vlanFiltering: false }),
    ...(plain ? [] : [link(`t-${number}`, { kind: 'tap' }, { master: `b-${number}` })]),
  ])
  const root: DesiredNamespace = {
    name: ROOT,
    links: [
      link('eth0', { kind: 'physical' }, { master: 'zos' }),
      link(
        'zos',
        { kind: 'bridge', vlanFiltering: false },
        { mac: '02:00:00:00:00:11', addresses: [address('192.0.2.2/24')] },
      ),
      link('br-ndmz', { kind: 'bridge', vlanFiltering: false }, { mtu: 1400 }),
      link('v-root', { kind: 'veth', peer: { namespace: 'ndmz', name: 'v-ndmz' } }, { master: 'br-ndmz' }),
      ...bridges,
    ],
    routes: [{ to: '0.0.0.0/0', link: 'zos', via: '192.0.2.1' }],
    sysctls: {
      'net.ipv4.ip_forward': '1',
      'net.ipv6.conf.eth0.disable_ipv6': '1',
      'net.ipv6.conf.br-ndmz.disable_ipv6': '1',
    },
    nft: [nftTable('zos-host')],
  }
  const ndmz: DesiredNamespace = {
    name: 'ndmz',
    links: [
      link('npub4', { kind: 'macvlan', parent: 'zos' }, { mac: '02:00:00:00:00:12', addressing: 'dynamic' }),
      link(
        'tonrs',
        { kind: 'macvlan', parent: 'br-ndmz' },
        { mtu: 1400, addresses: ['100.127.0.1/16', 'fe80::1/64', 'fd00::1/64'].map(address) },
      ),
      link(
        'v-ndmz',
        { kind: 'veth', peer: { namespace: ROOT, name: 'v-root' } },
        { addresses: [address('10.9.0.1/24')] },
      ),
    ],
    routes: [{ to: '198.51.100.0/24', link: 'v-ndmz', via: '10.9.0.9', metric: 50 }],
    sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1', 'net.ipv6.conf.npub4.accept_ra': '2' },
    nft: [nftTable('nat'), nftTable('filter', 'drop')],
  }
  const users = numbers.map((number): DesiredNamespace => {
    const [high, low] = [number >> 8, number & 255]
    return {
      name: `n-${number}`,
      links: [
        link(
          `n-${number}`,
          { kind: 'macvlan', parent: `b-${number}` },
          { addresses: ['10.1.2.1/24', 'fe80::1/64', `fd00:1:${number + 1}::1/64`].map(address) },
        ),
        link(
          'public',
          { kind: 'macvlan', parent: 'br-ndmz' },
          { mtu: 1400, addresses: [address(`100.127.${high + 1}.${low}/16`), address(`fd00::${number + 256}/64`)] },
        ),
        ...(plain ? [] : [wireguard(number)]),
      ],
      routes: [
        { to: '0.0.0.0/0', link: 'public', via: '100.127.0.1' },
        { to: '::/0', link: 'public', via: 'fe80::1' },
        ...(plain ? [] : [{ to: '10.1.0.0/16', link: `w-${number}` }]),
      ],
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' },
      nft: [nftTable('nat'), nftTable('filter')],
    }
  })
  return { namespaces: [root, ndmz, ...users], services: [] }
}

export const EXAMPLE_KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
export const EXAMPLE_PEER = 'PdvqXhRfPzRa3mgUhCQGqtdCoYkRv9jJ2hFPHwv0dVs='

function wireguard(number: number): DesiredLink {
  const config = {
    privateKey: new Secret(EXAMPLE_KEY),
    listenPort: 3000 + number,
    peers: [{ publicKey: EXAMPLE_PEER, endpoint: '192.0.2.9:3011', allowedIps: ['10.1.3.0/24'], keepaliveSeconds: 20 }],
  }
  return link(
    `w-${number}`,
    { kind: 'wireguard', birthplace: ROOT, wireguard: config },
    { mtu: 1420, addresses: [address('100.64.1.2/16')] },
  )
}

function link<Shape extends object>(name: string, shape: Shape, more: Partial<DesiredLink> = {}): DesiredLink {
  const common = { name, mark: `test:${name}`, up: true, addressing: 'static', addresses: [] }
  return { ...common, ...shape, ...more } as unknown as DesiredLink
}
