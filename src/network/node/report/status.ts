/** What a node's network is at this moment, for people and for machines. Pure: made of an observation. */
import { networkId } from '../../address/index.js'
import { standingChoices } from '../compile/facts.js'
import { machineNamespace } from '../compile/machine.js'
import { NAMESPACE } from '../compile/names.js'
import { devicesOf } from '../compile/network-devices.js'
import type { NetworkConfig, NodeNetworkConfig } from '../config/config.js'
import { classifyLayout, type Layout } from '../decide/classify-layout.js'
import type { NicProbe } from '../decide/probe.js'
import { type Readiness, readinessOf } from '../readiness.js'
import type { ServiceStatus } from '../services/port.js'
import { ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedNamespace, ObservedState } from '../state/observed.js'
import type { NetworkPlan } from '../state/operation.js'

export interface NicStatus {
  readonly name: string
  readonly role: 'uplink' | 'exit' | 'idle'
  readonly carrier: boolean
  readonly mac?: string
}

export interface NetworkStatus {
  readonly id: string
  readonly twin: number
  readonly name: string
  readonly subnet: string
  readonly namespace: string
  /** Its namespace is there. */
  readonly exists: boolean
  /** Its address towards ndmz. */
  readonly lease?: string
  readonly wireguard?: {
    readonly link: string
    readonly listenPort: number
    readonly peers: readonly {
      readonly publicKey: string
      readonly endpoint?: string
      readonly allowedIps: readonly string[]
    }[]
  }
  /** The gateway of machines in its Mycelium. */
  readonly mycelium?: string
  readonly machines: readonly {
    readonly id: string
    readonly ip: string
    readonly namespace?: string
    readonly publicIp?: string
  }[]
}

export interface NodeStatus {
  readonly layout: Layout
  readonly nics: readonly NicStatus[]
  readonly readiness: Readiness
  /** Static addresses of the node's own, from the public configuration. */
  readonly publicAddresses: readonly string[]
  readonly networks: readonly NetworkStatus[]
  readonly services: readonly ServiceStatus[]
  /** What `apply` would do now. */
  readonly pending: number
  readonly conflicts: NetworkPlan['conflicts']
}

export function statusOf(given: {
  readonly config: NodeNetworkConfig
  readonly observed: ObservedState
  readonly nics: readonly string[]
  readonly probes: readonly NicProbe[]
  readonly plan: NetworkPlan
}): NodeStatus {
  const { config, observed, nics, probes, plan } = given
  const inside = (name: string) => observed.namespaces.find(one => one.name === name)
  const choices = standingChoices(observed)
  const role = (nic: string) => (nic === choices.uplink ? 'uplink' : nic === choices.exit ? 'exit' : 'idle')
  return {
    layout: classifyLayout({ ...layoutFacts(config), probes, ...fixed(choices) }),
    nics: nics.map(name => {
      const link = linkOf(inside(ROOT), name)
      return {
        name,
        role: role(name),
        carrier: link?.carrier ?? false,
        ...(link?.mac === undefined ? {} : { mac: link.mac }),
      }
    }),
    readiness: readinessOf(observed),
    publicAddresses: (linkOf(inside(NAMESPACE.public), 'public')?.addresses ?? [])
      .filter(({ scope }) => scope === 'global')
      .map(({ cidr }) => cidr),
    networks: (config.networks ?? []).map(network => networkStatus(network, config, inside, choices.leases)),
    services: observed.services,
    pending: plan.operations.length,
    conflicts: plan.conflicts,
  }
}

/** What the configuration says to the classification. */
export function layoutFacts(config: NodeNetworkConfig) {
  const vlans = {
    ...(config.uplink?.vlan === undefined ? {} : { private: config.uplink.vlan }),
    ...(config.exit?.vlan === undefined ? {} : { public: config.exit.vlan }),
  }
  return {
    publicConfig: config.public !== undefined,
    vlans,
    ...(config.inboundIpv6 === undefined ? {} : { inboundIpv6: config.inboundIpv6 }),
    ...(config.exit?.nic === undefined ? {} : { exitNic: config.exit.nic, exitNamed: true }),
    ...(config.uplink?.nic === undefined ? {} : { uplinkNic: config.uplink.nic }),
  }
}

/** Choices that stand are not made again. */
function fixed({ uplink, exit }: { readonly uplink?: string; readonly exit?: string }) {
  return {
    ...(uplink === undefined ? {} : { uplinkNic: uplink, standing: true }),
    ...(exit === undefined ? {} : { exitNic: exit }),
  }
}

function networkStatus(
  network: NetworkConfig,
  { machines = [] }: NodeNetworkConfig,
  inside: (name: string) => ObservedNamespace | undefined,
  leases: ReadonlyMap<string, string>,
): NetworkStatus {
  const { twin, name, data } = network
  const devices = devicesOf(network)
  const namespace = inside(devices.namespace)
  const lease = leases.get(networkId(twin, name))
  const wireguard = linkOf(namespace, devices.wireguard)?.wireguard
  const mycelium = linkOf(namespace, devices.myceliumInner)?.addresses.find(({ scope }) => scope === 'global')?.cidr
  return {
    id: devices.id,
    twin,
    name,
    subnet: data.subnet,
    namespace: devices.namespace,
    exists: namespace !== undefined,
    ...(lease === undefined ? {} : { lease }),
    ...(wireguard === undefined
      ? {}
      : { wireguard: { link: devices.wireguard, listenPort: wireguard.listenPort, peers: wireguard.peers } }),
    ...(mycelium === undefined ? {} : { mycelium }),
    machines: machines
      .filter(machine => machine.twin === twin && machine.network === name)
      .map(machine => ({
        id: machine.id,
        ip: machine.ip,
        ...(machine.attach === 'namespace' ? { namespace: machineNamespace(machine) } : {}),
        ...(machine.publicIp?.ipv4 === undefined ? {} : { publicIp: machine.publicIp.ipv4 }),
      })),
  }
}

function linkOf(namespace: ObservedNamespace | undefined, name: string): ObservedLink | undefined {
  return namespace?.links.find(link => link.name === name)
}
