/** A node's network as a tree: the way out first, then the networks behind it. Pure. */
import type { FamilyReadiness } from '../readiness.js'
import type { ServiceStatus } from '../services/port.js'
import type { NetworkStatus, NicStatus, NodeStatus } from './status.js'
import { branch, type Health, leaf, type TreeNode } from './tree.js'

export function statusTree(status: NodeStatus): TreeNode {
  const { layout, nics, publicAddresses, networks, services } = status
  return branch(`node`, layout.label, [
    branch('way out', `${layout.mode}, ${layout.reason}`, [
      ...nics.map(nicNode),
      family('IPv4', status.readiness.ipv4),
      family('IPv6', status.readiness.ipv6),
      ...publicAddresses.map(address => leaf('public address', address, 'good')),
    ]),
    branch('networks', networks.length === 0 ? 'none' : String(networks.length), networks.map(networkNode)),
    branch('services', services.length === 0 ? 'none' : String(services.length), services.map(serviceNode)),
    pendingNode(status),
  ])
}

function nicNode({ name, role, carrier, mac }: NicStatus): TreeNode {
  const used = role !== 'idle'
  const detail = [role, mac, carrier ? undefined : 'no carrier'].filter(part => part !== undefined).join(', ')
  return leaf(name, detail, used ? (carrier ? 'good' : 'bad') : undefined)
}

function family(name: string, { ready, address, gateway }: FamilyReadiness): TreeNode {
  if (ready) return leaf(name, `${address} through ${gateway}`, 'good')
  const missing = address === undefined ? 'no address yet' : `${address}, no way out yet`
  return leaf(name, missing, 'caution')
}

function networkNode({
  name,
  twin,
  subnet,
  namespace,
  exists,
  lease,
  wireguard,
  mycelium,
  machines,
}: NetworkStatus): TreeNode {
  const parts = [
    ...(lease === undefined ? [] : [leaf('out', lease, 'good')]),
    ...(wireguard === undefined
      ? []
      : [
          branch(
            'WireGuard',
            `${wireguard.link}, port ${wireguard.listenPort}`,
            wireguard.peers.map(({ endpoint, allowedIps }) => leaf(allowedIps.join(', '), endpoint ?? 'dials in')),
            'good',
          ),
        ]),
    ...(mycelium === undefined ? [] : [leaf('Mycelium', mycelium, 'good')]),
    ...machines.map(({ id, ip, publicIp }) => leaf(id, publicIp === undefined ? ip : `${ip}, ${publicIp}`)),
  ]
  return branch(name, `${subnet} of twin ${twin} in ${namespace}`, parts, exists ? 'good' : 'bad')
}

const SERVICE_HEALTH: Readonly<Record<ServiceStatus['state'], Health>> = {
  running: 'good',
  starting: 'caution',
  waiting: 'bad',
  stopped: 'bad',
}

function serviceNode({ name, state, pid, restarts, lastEnd }: ServiceStatus): TreeNode {
  const again = restarts === 0 ? [] : [`started ${restarts + 1} times`]
  const facts = [
    state,
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...again,
    ...(lastEnd === undefined ? [] : [lastEnd]),
  ]
  return leaf(name, facts.join(', '), SERVICE_HEALTH[state])
}

function pendingNode({ pending, conflicts }: NodeStatus): TreeNode {
  const inWay = conflicts.map(({ namespace, name, message }) => leaf(`${namespace}/${name}`, message, 'bad'))
  if (pending === 0) return branch('plan', 'nothing to do', inWay, inWay.length === 0 ? 'good' : 'bad')
  return branch('plan', `${pending} operation${pending === 1 ? '' : 's'} to do`, inWay, 'caution')
}
