/**
 * The cables and switches of a lab: a machine of its own, whose bridges are the segments.
 *
 * A cable is a veth pair; the NIC's end is made in its machine, so it never has another name or place.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { macFrom, macText } from '../../address/index.js'
import { ROOT } from '../state/desired.js'
import { linuxRunner } from '../system/linux-runner.js'
import { type Capture, startCapture } from './capture.js'
import { enterNamespaces, type LabMachine } from './machine.js'

export interface Cable {
  readonly machine: LabMachine
  /** `[a-z][a-z0-9]{0,7}`, with the machine's name at most 14 characters. */
  readonly nic: string
  readonly segment: string
  /** `nicMac` of both names when absent. */
  readonly mac?: string
}

/** The end of a cable. */
export interface Nic {
  readonly machine: { readonly name: string }
  readonly nic: string
}

export interface Fabric {
  readonly machine: LabMachine
  /** Switches: they forward at once, flood what they do not know, and know no VLANs. */
  addSegments(...names: readonly string[]): Promise<void>
  /** The NICs appear in their machines, down and without addresses. */
  connect(...cables: readonly Cable[]): Promise<void>
  /** Takes the NICs out of their machines, cable and all. Those that are gone already are no error. */
  disconnect(...nics: readonly Nic[]): Promise<void>
  /** Pulls the cable: the machine's side loses its carrier. */
  unplug(nic: Nic): Promise<void>
  plug(nic: Nic): Promise<void>
  /** Into another switch, so fast that no carrier is lost. */
  moveTo(nic: Nic, segment: string): Promise<void>
  /** All that passes a segment, or one NIC's cable: see `startCapture`. */
  capture(what: string | Nic, filter?: readonly string[]): Promise<Capture>
}

const NAME = /^[a-z][a-z0-9]{0,7}$/
const LONGEST = 15

/** Kept away from leases and router advertisements of its own: a switch has no addresses. */
export const FABRIC_SYSCTLS = {
  'net.ipv6.conf.all.disable_ipv6': '1',
  'net.ipv6.conf.default.disable_ipv6': '1',
} as const

/** Always the same for the same NIC: SLAAC addresses and reserved leases are known before a lab is built.
 *
 * @example nicMac('node1', 'eth0')
 */
export function nicMac(machine: string, nic: string): string {
  return macText(macFrom(`hyphae lab ${machine} ${nic}`))
}

/** @param machine started with `FABRIC_SYSCTLS` */
export function createFabric(machine: LabMachine): Fabric {
  // Only into its network: `netns PID` then means what we call PID, not what its own processes do.
  const network = linuxRunner({ enter: enterNamespaces(machine.pid, machine.userNamespace, ['-n']) })
  const batch = async (lines: readonly string[], mayFail = false) => {
    const args = [...(mayFail ? ['-force'] : []), '-batch', '-']
    await network.run({ namespace: ROOT, program: 'ip', args, input: `${lines.join('\n')}\n`, mayFail })
  }
  return {
    machine,
    addSegments: (...names) =>
      batch(
        names.flatMap(name => [
          `link add name ${checked(name)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
          `link set dev ${name} up`,
        ]),
      ),
    connect: (...cables) =>
      batch(
        cables.flatMap(cable => {
          const { nic, segment, mac = nicMac(cable.machine.name, nic) } = cable
          const far = `peer name ${checked(nic)} netns ${cable.machine.pid} address ${checked(mac, MAC)}`
          return [
            `link add name ${portOf(cable)} type veth ${far}`,
            `link set dev ${portOf(cable)} master ${checked(segment)} up`,
          ]
        }),
      ),
    disconnect: (...nics) =>
      batch(
        nics.map(nic => `link delete dev ${portOf(nic)}`),
        true,
      ),
    unplug: nic => batch([`link set dev ${portOf(nic)} down`]),
    plug: nic => batch([`link set dev ${portOf(nic)} up`]),
    moveTo: (nic, segment) => batch([`link set dev ${portOf(nic)} master ${checked(segment)}`]),
    capture: (what, filter) => startCapture(machine, typeof what === 'string' ? checked(what) : portOf(what), filter),
  }
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/** The switch's end of a cable. No segment is called so: its name has a point. */
function portOf({ machine, nic }: Nic): string {
  const name = `${machine.name}.${checked(nic)}`
  if (name.length <= LONGEST) return name
  throw new NodeNetworkError('NODE_NET_NAME', `${name} is longer than the name of a link can be`, {
    hint: `machine and NIC together have at most ${LONGEST - 1} characters`,
  })
}

/** What stands in a batch line may not bring words of its own. */
function checked(text: string, pattern = NAME): string {
  if (pattern.test(text)) return text
  throw new NodeNetworkError('NODE_NET_NAME', `a lab has nothing that is called ${JSON.stringify(text)}`, {
    hint: 'NICs and segments are called like eth0 or oob: 1 to 8 of a to z and 0 to 9, a letter first',
  })
}
