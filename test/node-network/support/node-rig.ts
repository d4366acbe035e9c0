/** A lab with one node that is this process's to set up, a user's network on it, and a machine in that. */
import { machineNamespace } from '../../../src/network/node/compile/machine.js'
import { checkConfig } from '../../../src/network/node/config/check-config.js'
import type { MachineConfig, NetworkConfig, NodeNetworkConfig } from '../../../src/network/node/config/config.js'
import { type AskOptions, askEcho, startEcho } from '../../../src/network/node/lab/echo.js'
import { type LabNode, openLabNode } from '../../../src/network/node/lab/lab-node.js'
import type { LabMachine } from '../../../src/network/node/lab/machine.js'
import type { NodeSpec, Scenario } from '../../../src/network/node/lab/scenario.js'
import { userNetwork } from '../../../src/network/node/lab/scenarios/user-network.js'
import { type Lab, startLab } from '../../../src/network/node/lab/start-lab.js'
import type { NodeNetwork } from '../../../src/network/node/node-network.js'
import { diagnose } from './diagnose.js'
import type { Tried } from './stages.js'
import { type Wire, watchWire } from './wire.js'

export const USER_NETWORK = { twin: 7, name: 'lab', range: '10.77', port: 3011 } as const
/** Where mail programs of people, not of servers, leave it. */
export const SUBMISSION_PORTS = [465, 587] as const

/** Long enough for a question over DHCP that is lost and asked again while other labs are built. */
const PROBE_TIMES = { graceMs: 1_500, dhcpMs: 3_000 }

export interface NodeRig extends Tried {
  readonly lab: Lab
  readonly spec: NodeSpec
  readonly config: NodeNetworkConfig
  readonly node: LabNode
  readonly network: NodeNetwork
  readonly machine: LabMachine
  /** The user's machine: a namespace of the node. */
  readonly vm: { readonly namespace: string; readonly ipv4: string }
  /** From before the node did anything. Absent in a user namespace: tcpdump wants to change who it is there, and may not. */
  readonly wire?: Wire
  /** The echo of whoever has the address, asked by the user's machine. */
  ask(address: string, more?: Omit<AskOptions, 'address'>): Promise<{ seen?: string; failed?: string }>
  /** A program in a namespace of the node; what it printed. */
  run(namespace: string, ...argv: readonly [string, ...string[]]): Promise<string>
}

export interface RigOptions {
  /** Of the user's machine. */
  readonly publicIp?: MachineConfig['publicIp']
  /** A user namespace although we are root. There is no WireGuard then. */
  readonly userNamespace?: boolean
  readonly folder?: string
}

export async function startRig(scenario: Scenario, options: RigOptions = {}): Promise<NodeRig> {
  const { publicIp, userNamespace, folder } = options
  const [spec] = scenario.nodes
  if (spec === undefined) throw new Error(`${scenario.name} has no node`)
  const lab = await startLab(scenario, {
    ...(userNamespace === undefined ? {} : { userNamespace }),
    ...(folder === undefined ? {} : { folder }),
  })
  try {
    const machine = lab.machine(spec.name)
    const { networks, machines: [given] = [] } = userNetwork(USER_NETWORK, [{}])[0] ?? {}
    const user = { ...(given as MachineConfig), ...(publicIp === undefined ? {} : { publicIp }) }
    const config = checkConfig({
      ...spec.config,
      networks: machine.userNamespace ? networks?.map(withoutWireguard) : networks,
      machines: [user],
    })
    const node = await openLabNode(machine, config, undefined, PROBE_TIMES)
    const vm = { namespace: machineNamespace(user), ipv4: user.ip }
    const [wire] = await Promise.all([
      machine.userNamespace ? undefined : watchWire(lab),
      startEcho(lab.internet.machine, { ports: SUBMISSION_PORTS }),
    ])
    const rig: NodeRig = {
      lab,
      spec,
      config,
      node,
      network: node.network,
      machine,
      vm,
      ...(wire === undefined ? {} : { wire }),
      ask: (address, more = {}) => askEcho(machine, { address, namespace: vm.namespace, ...more }),
      async run(namespace, program, ...args) {
        return (await machine.runner.run({ namespace, program, args })).stdout
      },
      diagnosis: () => diagnose(rig),
      async close() {
        await node.close()
        await lab.stop()
      },
    }
    return rig
  } catch (error) {
    await lab.stop()
    throw error
  }
}

/** A light network need not have it, but must have Mycelium. */
function withoutWireguard(network: NetworkConfig): NetworkConfig {
  const mycelium = { hex_key: '07'.repeat(32), peers: [] }
  const data = { ...network.data, wireguard_private_key: '', wireguard_listen_port: 0, peers: [], mycelium }
  return { ...network, type: 'network-light', data }
}
