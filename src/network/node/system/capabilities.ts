/** What this kernel, this user and the installed programs can do: tried out in a namespace that is thrown away. */
import { randomUUID } from 'node:crypto'

import { HyphaeError } from '../../../errors/base.js'
import { ROOT } from '../state/desired.js'
import type { Command, CommandRunner } from './runner.js'

export type CapabilityName =
  | 'namespaces'
  | 'bridge'
  | 'vlanFiltering'
  | 'veth'
  | 'macvlan'
  | 'tap'
  | 'kernelWireguard'
  | 'userspaceWireguard'
  | 'nftInet'
  | 'nftBridge'
  | 'dhcpcd'
  | 'udhcpc'

export interface Capability {
  readonly works: boolean
  /** Why not: what the tool said, or what is missing. */
  readonly reason?: string
}

export type Capabilities = Readonly<Record<CapabilityName, Capability>>

const SHOWN_CHARACTERS = 200
const WORKS: Capability = { works: true }

/** Nothing of the node is touched. Without namespaces nothing can be tried: everything that needs one says so.
 *
 * @example (await probeCapabilities(linuxRunner())).vlanFiltering // { works: false, reason: 'RTNETLINK answers: …' }
 */
export async function probeCapabilities(runner: CommandRunner): Promise<Capabilities> {
  const namespace = `hyphae-probe-${randomUUID().slice(0, 8)}`
  const ip = (...args: string[]): Command => ({ namespace, program: 'ip', args })
  const nft = (family: string): Command => ({
    namespace,
    program: 'nft',
    args: ['-f', '-'],
    input: `table ${family} trial {\n}\n`,
  })
  const namespaces = await attempt(runner, { ...ip('netns', 'add', runner.nameOf(namespace)), namespace: ROOT })
  const inside = async (...commands: readonly Command[]): Promise<Capability> => {
    if (!namespaces.works) return { works: false, reason: `no namespaces: ${namespaces.reason}` }
    for (const command of commands) {
      const tried = await attempt(runner, command)
      if (!tried.works) return tried
    }
    return WORKS
  }
  try {
    return {
      namespaces,
      bridge: await inside(ip('link', 'add', 'br0', 'type', 'bridge')),
      // Some kernels take the option and do nothing: the VLAN itself must be possible.
      vlanFiltering: await inside(ip('link', 'add', 'br1', 'type', 'bridge', 'vlan_filtering', '1'), {
        namespace,
        program: 'bridge',
        args: ['vlan', 'add', 'dev', 'br1', 'vid', '7', 'self'],
      }),
      veth: await inside(ip('link', 'add', 've0', 'type', 'veth', 'peer', 'name', 've1')),
      macvlan: await inside(ip('link', 'add', 'link', 'br0', 'name', 'mv0', 'type', 'macvlan', 'mode', 'bridge')),
      tap: await inside(ip('tuntap', 'add', 'dev', 'tap0', 'mode', 'tap')),
      kernelWireguard: await inside(ip('link', 'add', 'wg0', 'type', 'wireguard')),
      userspaceWireguard: await bothInstalled(runner, ['wireguard-go', '--version'], ['wg', '--version']),
      nftInet: await inside(nft('inet')),
      nftBridge: await inside(nft('bridge')),
      dhcpcd: await installed(runner, ['dhcpcd', '--version']),
      udhcpc: await installed(runner, ['udhcpc', '--help']),
    }
  } finally {
    if (namespaces.works) {
      const args = ['netns', 'delete', runner.nameOf(namespace)]
      await runner.run({ namespace: ROOT, program: 'ip', args, mayFail: true })
    }
  }
}

async function attempt(runner: CommandRunner, command: Command): Promise<Capability> {
  try {
    await runner.run(command)
    return WORKS
  } catch (error) {
    if (!(error instanceof HyphaeError)) throw error
    const output = String(error.details?.output ?? '').trim()
    return { works: false, reason: (output === '' ? error.message : output).slice(0, SHOWN_CHARACTERS) }
  }
}

/** It starts: how it ends does not matter. */
async function installed(runner: CommandRunner, [program, ...args]: readonly [string, ...string[]]) {
  return attempt(runner, { namespace: ROOT, program, args, mayFail: true })
}

async function bothInstalled(
  runner: CommandRunner,
  ...programs: readonly (readonly [string, ...string[]])[]
): Promise<Capability> {
  for (const program of programs) {
    const found = await installed(runner, program)
    if (!found.works) return found
  }
  return WORKS
}
