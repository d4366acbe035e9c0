/** The programs that a node's network and its labs are made with. Root installs all of them at once, from Debian. */
import { findProgram } from '../../src/network/node/lab/tool-path.js'
import { ensureDebian } from './debian.js'

/** Program → its package. */
const TOOLS = {
  ip: 'iproute2',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
  udhcpc: 'udhcpc',
  dhcpcd: 'dhcpcd5',
  wg: 'wireguard-tools',
  'wireguard-go': 'wireguard-go',
  tcpdump: 'tcpdump',
  ping: 'iputils-ping',
  sysctl: 'procps',
} as const

export type NetworkTool = keyof typeof TOOLS

/** Those of the given tools that are not here and cannot be brought here. */
export function missingTools(...wanted: readonly NetworkTool[]): readonly NetworkTool[] {
  const missing = (tools: readonly NetworkTool[]) => tools.filter(tool => findProgram(tool) === undefined)
  const all = Object.keys(TOOLS) as NetworkTool[]
  // Several tests at once would each install something else otherwise.
  if (process.geteuid?.() === 0) ensureDebian(Object.values(TOOLS).join(' '), () => missing(all).length === 0)
  return missing(wanted)
}
