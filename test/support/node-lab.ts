/** Datacentres of namespaces in tests: whether they can be built here, and how a plain machine uses its NICs. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LabMachine } from '../../src/network/node/lab/machine.js'
import { toolPath } from '../../src/network/node/lab/tool-path.js'
import { missingTools, type NetworkTool } from './network-tools.js'

export { eventually } from './eventually.js'

const TOOLS: readonly NetworkTool[] = ['ip', 'nft', 'dnsmasq', 'udhcpc', 'tcpdump', 'ping', 'sysctl']

/** Says why not.
 *
 * @param more tools that are needed too
 * @example const describeWithLab = canBuildLabs() ? describe : describe.skip
 */
export function canBuildLabs(...more: readonly NetworkTool[]): boolean {
  const missing = missingTools(...TOOLS, ...more)
  if (missing.length > 0) {
    process.stderr.write(`skipped: these programs are missing: ${missing.join(', ')}\n`)
    return false
  }
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const attempt = spawnSync('unshare', [...user, '--net', '--mount', '--pid', '--fork', 'true'], {
    env: { ...process.env, PATH: toolPath() },
    encoding: 'utf8',
  })
  if (attempt.status === 0) return true
  process.stderr.write(`skipped: no namespaces can be made here, ${attempt.stderr?.trim()}\n`)
  return false
}

/** Labs with all that nodes have in them, WireGuard too: that needs TUN devices, which root alone may make here. */
export function canBuildWholeLabs(): boolean {
  if (process.geteuid?.() === 0) return canBuildLabs('wg', 'wireguard-go')
  process.stderr.write('skipped: nodes with WireGuard, which only root can build\n')
  return false
}

export interface Lease {
  readonly ip: string
  /** Prefix length, in text. */
  readonly mask: string
  readonly router?: string
  /** In seconds. */
  readonly lease: string
  readonly dns?: string
}

/** What a DHCP server offers on a NIC that is up; nothing is done with it.
 *
 * @param attempts a second each
 */
export async function askForLease(machine: LabMachine, nic: string, attempts = 3): Promise<Lease | undefined> {
  const script = join(machine.folder, 'print-lease')
  writeFileSync(script, '#!/bin/sh\ntest "$1" = bound && exec env\nexit 0\n', { mode: 0o755 })
  const { stdout } = await machine.runner.run({
    namespace: 'root',
    program: 'udhcpc',
    args: ['-f', '-q', '-n', '-i', nic, '-t', String(attempts), '-T', '1', '-A', '1', '-s', script],
    mayFail: true,
  })
  const found = Object.fromEntries(stdout.split('\n').map(line => line.split(/=(.*)/).slice(0, 2)))
  return found.lease === undefined ? undefined : (found as Lease)
}

/** What `ip -j` prints. */
export async function ipJson<T>(machine: LabMachine, ...args: readonly string[]): Promise<readonly T[]> {
  const { stdout } = await machine.run('ip', '-j', ...args)
  return (JSON.parse(stdout || '[]') as T[]).filter(one => Object.keys(one as object).length > 0)
}

interface LinkJson {
  readonly operstate: string
  readonly flags: readonly string[]
}

export async function hasCarrier(machine: LabMachine, nic: string): Promise<boolean> {
  const [link] = await ipJson<LinkJson>(machine, 'link', 'show', 'dev', nic)
  return link?.flags.includes('LOWER_UP') ?? false
}
