/**
 * The devices of a machine: one in its network, one in the network's Mycelium, one on the public segment. A hypervisor
 * opens taps; a machine that is a namespace gets the other ends of veth pairs, with addresses and routes.
 * Source: threefoldtech/zosbase pkg/network/networker.go, pkg/primitives/pubip.
 */
import { fromHex } from '../../../core/hex.js'
import {
  deriveMycelium,
  deviceId,
  lightMachineTaps,
  macFrom,
  machineTap,
  macText,
  publicTap,
} from '../../address/index.js'
import type { MachineConfig, NetworkConfig, NodeNetworkConfig } from '../config/config.js'
import { interfaceName } from '../decide/device-names.js'
import { networkGateway, networkMyceliumMachine, networkUla } from '../decide/network-addresses.js'
import { ROOT, type Route } from '../state/desired.js'
import { dynamicLink, type NamespaceDraft, type StateDraft, staticLink } from './draft.js'
import { BRIDGE, LINK_LOCAL_GATEWAY } from './names.js'
import { devicesOf } from './network-devices.js'
import { withoutDetection } from './uplink.js'

/** WireGuard's routing addresses: other nodes of the network, and users. */
const ROUTING = '100.64.0.0/16'
const MYCELIUM = '400::/7'

/** One device: what is on the host, and what is inside of a machine that is a namespace. */
interface Device {
  readonly host: string
  readonly bridge: string
  readonly inner: string
  readonly mac: string
  readonly addresses: readonly string[]
  readonly routes: readonly Omit<Route, 'link'>[]
  /** IPv6 comes from the segment's router. */
  readonly dynamic?: boolean
}

export function addMachine(
  draft: StateDraft,
  machine: MachineConfig,
  network: NetworkConfig,
  config: NodeNetworkConfig,
): void {
  for (const device of devicesOfMachine(machine, network)) {
    const root = draft.in(ROOT)
    root.ofLink(device.host, { disable_ipv6: 1 })
    if (machine.attach === 'tap') {
      root.link({ ...staticLink(device.host, 'machine'), kind: 'tap', master: device.bridge })
      continue
    }
    const inside = draft.in(machineNamespace(machine))
    root.link({
      ...staticLink(device.host, 'machine'),
      kind: 'veth',
      peer: { namespace: inside.name, name: device.inner },
      master: device.bridge,
    })
    addInside(inside, device, config)
  }
}

/** Of a machine that is one. */
export function machineNamespace({ id, network }: Pick<MachineConfig, 'id' | 'network'>): string {
  return interfaceName('v-', deviceId(id, network))
}

function addInside(inside: NamespaceDraft, device: Device, config: NodeNetworkConfig): void {
  const { inner, host, mac, addresses, routes, dynamic } = device
  const shape = { mac, kind: 'veth', peer: { namespace: ROOT, name: host } } as const
  const link = staticLink(inner, 'machine', ...addresses)
  inside.link({ ...link, ...(dynamic ? { addressing: dynamicLink(inner, 'machine').addressing } : {}), ...shape })
  for (const route of routes) inside.route({ ...route, link: inner })
  inside.ofLink(inner, { accept_ra: dynamic ? 1 : 0, ...withoutDetection(config) })
}

function devicesOfMachine(machine: MachineConfig, network: NetworkConfig): readonly Device[] {
  const devices = devicesOf(network)
  const { data } = network
  const stem = deviceId(machine.id, network.name)
  const light = network.type === 'network-light' ? lightMachineTaps(stem) : undefined
  const found: Device[] = []

  const gateway = networkGateway(data.subnet)
  const out4 = machine.publicIp?.ipv4 === undefined
  const out6 = machine.publicIp?.ipv6 !== true
  found.push({
    host: light?.private ?? machineTap(stem),
    bridge: devices.bridge,
    inner: 'eth0',
    mac: macText(macFrom(stem)),
    addresses: [`${machine.ip}/${data.subnet.split('/')[1]}`, networkUla(devices.id, machine.ip)],
    routes: [
      // With a public address the way out is another; the network's own ranges stay here.
      ...(out4 ? [{ to: '0.0.0.0/0', via: gateway }] : [data.ip_range, ROUTING].map(to => ({ to, via: gateway }))),
      ...(out6 ? [{ to: '::/0', via: LINK_LOCAL_GATEWAY }] : []),
    ],
  })

  if (machine.myceliumSeed !== undefined && data.mycelium !== undefined) {
    const mycelium = deviceId(machine.id, 'mycelium')
    const { address, gateway: via } = deriveMycelium({ key: data.mycelium.hex_key })
    found.push({
      host: light?.mycelium ?? machineTap(mycelium),
      bridge: devices.myceliumBridge,
      inner: 'eth1',
      mac: macText(macFrom(mycelium)),
      addresses: [networkMyceliumMachine(address, fromHex(machine.myceliumSeed, 'the machine seed'))],
      routes: [{ to: MYCELIUM, via }],
    })
  }
  if (machine.publicIp !== undefined) found.push(publicDevice(machine.publicIp))
  return found
}

function publicDevice({ id, ipv4, gateway4, ipv6 }: NonNullable<MachineConfig['publicIp']>): Device {
  const { tap, mac } = publicDeviceOf(id)
  return {
    host: tap,
    bridge: BRIDGE.public,
    inner: 'eth2',
    mac,
    addresses: ipv4 === undefined ? [] : [ipv4],
    routes: gateway4 === undefined ? [] : [{ to: '0.0.0.0/0', via: gateway4 }],
    dynamic: ipv6 === true,
  }
}

/** Of a public address, by its workload id. */
export function publicDeviceOf(id: string): { readonly tap: string; readonly mac: string } {
  const stem = deviceId(id, 'pub')
  return { tap: publicTap(stem), mac: macText(macFrom(stem)) }
}
