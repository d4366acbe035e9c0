/** What a lab needs of the machine it is built on, and what of it is missing. */
import { accessSync, constants } from 'node:fs'

import { NodeNetworkError } from '../../../errors/node-network.js'
import { startProcess } from './lab-process.js'
import { findProgram } from './tool-path.js'

export interface LabRequirements {
  /** Absent: it may make no namespaces. */
  readonly rights?: 'root' | 'user-namespace'
  /** Without these there is no lab. */
  readonly missing: readonly MissingProgram[]
  /** Without these some of what a node does cannot be tried. */
  readonly wanting: readonly MissingProgram[]
  /** Whether machines can have TUN and TAP devices: WireGuard in user space, taps for machines. */
  readonly tun: boolean
}

export interface MissingProgram {
  readonly program: string
  /** Of Debian. */
  readonly package: string
  /** What it is for. */
  readonly use: string
}

const NEEDED: readonly MissingProgram[] = [
  { program: 'unshare', package: 'util-linux', use: 'makes machines' },
  { program: 'nsenter', package: 'util-linux', use: 'enters machines' },
  { program: 'mount', package: 'mount', use: 'gives machines a /run of their own' },
  { program: 'hostname', package: 'hostname', use: 'names machines' },
  { program: 'ip', package: 'iproute2', use: 'makes cables and segments' },
  { program: 'sysctl', package: 'procps', use: 'sets up routers' },
  { program: 'nft', package: 'nftables', use: 'is the NAT and the firewall of routers' },
  { program: 'dnsmasq', package: 'dnsmasq-base', use: 'gives out leases and router advertisements' },
]

const USEFUL: readonly MissingProgram[] = [
  { program: 'ping', package: 'iputils-ping', use: 'tries whether somebody is there' },
  { program: 'tcpdump', package: 'tcpdump', use: 'shows what passes a segment' },
  { program: 'udhcpc', package: 'udhcpc', use: 'asks for leases' },
  { program: 'dhcpcd', package: 'dhcpcd5', use: 'keeps leases' },
  { program: 'wg', package: 'wireguard-tools', use: 'sets up WireGuard' },
  { program: 'wireguard-go', package: 'wireguard-go', use: 'is WireGuard where the kernel has none' },
]

export interface RequirementsInput {
  /** Where programs are looked for; PATH and the system's folders when absent. */
  readonly path?: string
  /** A user namespace although we are root. */
  readonly userNamespace?: boolean
}

/** @example (await labRequirements()).missing.map(one => one.package) // [] */
export async function labRequirements(input: RequirementsInput = {}): Promise<LabRequirements> {
  const isMissing = ({ program }: MissingProgram) => findProgram(program, input.path) === undefined
  const missing = NEEDED.filter(isMissing)
  const wanting = USEFUL.filter(isMissing)
  const isRoot = process.geteuid?.() === 0 && input.userNamespace !== true
  const mayMake = !missing.some(({ program }) => program === 'unshare') && (await makesNamespaces(isRoot))
  return {
    ...(mayMake ? { rights: isRoot ? 'root' : 'user-namespace' } : {}),
    missing,
    wanting,
    tun: mayUseTun(),
  }
}

/** @throws {NodeNetworkError} NODE_NET_LAB with everything that is missing, and how to get it */
export function checkRequirements({ rights, missing }: LabRequirements): void {
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(one => one.package))].sort()
    throw new NodeNetworkError('NODE_NET_LAB', `a lab needs ${missing.map(one => one.program).join(', ')}`, {
      hint: `on Debian: apt-get install ${packages.join(' ')}`,
      details: { missing },
    })
  }
  if (rights === undefined) {
    throw new NodeNetworkError('NODE_NET_LAB', 'this process may not make namespaces', {
      hint: 'run it as root, or let people make user namespaces: kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0',
    })
  }
}

/** The device is asked, not we: in some systems it is root's, in others everybody's, in a user namespace too. */
export function mayUseTun(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function makesNamespaces(isRoot: boolean): Promise<boolean> {
  const user = isRoot ? [] : ['--user', '--map-root-user']
  const attempt = await startProcess(['unshare', ...user, '--net', '--mount', '--pid', '--fork', 'true'])
  return (await attempt.ended).code === 0
}
