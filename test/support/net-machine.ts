/**
 * A throw-away machine of namespaces: its own network, mounts and processes, held by one process and gone with it. In it
 * are segments (a bridge in a namespace, with a server for DHCP and router advertisements) and NICs (veths) on them.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { linuxRunner } from '../../src/network/node/system/linux-runner.js'
import type { CommandRunner } from '../../src/network/node/system/runner.js'
import { signalGroup } from '../../src/network/node/system/signal-group.js'

const NEEDED = ['ip', 'unshare', 'nsenter', 'dnsmasq', 'sysctl']

/** Why there can be no machine here, or undefined. */
export function machineProblem(...more: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make namespaces with real links'
  const missing = [...NEEDED, ...more].filter(one => spawnSync('which', [one]).status !== 0)
  return missing.length > 0 ? `${missing.join(', ')} is not installed` : undefined
}

export interface NetMachine {
  readonly runner: CommandRunner
  /** Its first process, as it is called outside. */
  readonly init: string
  /** `ip` with these words, in a namespace of the machine. */
  ip(namespace: string, ...words: readonly string[]): Promise<string>
  /** A bridge `seg0` of its own. Addresses as CIDR; what is absent is not served. */
  segment(name: string, served?: { ipv4?: string; ipv6?: string }): Promise<Segment>
  /** A veth in the machine's root namespace, on the segment. */
  plug(nic: string, segment: Segment): Promise<void>
  close(): Promise<void>
}

export interface Segment {
  readonly namespace: string
  /** DHCP gives .50 to .99 of the /24, for two minutes; routers are announced where there is a prefix. */
  serve(): Promise<void>
  silence(): Promise<void>
}

/** Its programs write no file of the machine around it: leases, name servers. */
const BOOT = [
  'mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t sysfs sysfs /sys',
  'touch /run/resolv.conf && mount --bind /run/resolv.conf /etc/resolv.conf',
  '{ [ ! -d /var/lib/dhcpcd ] || mount -t tmpfs tmpfs /var/lib/dhcpcd; }',
  'ip link set lo up && echo up && exec cat',
].join(' && ')

export async function netMachine(): Promise<NetMachine> {
  const holder = spawn('unshare', ['-nmp', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', BOOT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const init = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim()
  const enter = ['nsenter', '-t', init, '-n', '-m', '-p', '--']
  const runner = linuxRunner({ enter, rootHandle: '1' })
  const run = async (namespace: string, program: string, ...args: readonly string[]) =>
    (await runner.run({ namespace, program, args })).stdout
  const ip = (namespace: string, ...words: readonly string[]) => run(namespace, 'ip', ...words)
  const servers = new Set<ChildProcess>()

  return {
    runner,
    init,
    ip,
    async segment(name, served = {}) {
      const namespace = `sw-${name}`
      await ip('root', 'netns', 'add', namespace)
      await ip(namespace, 'link', 'add', 'name', 'seg0', 'type', 'bridge')
      await run(namespace, 'sysctl', '-qw', 'net.ipv6.conf.seg0.accept_dad=0', 'net.ipv6.conf.all.forwarding=1')
      await ip(namespace, 'link', 'set', 'dev', 'seg0', 'up')
      const { ipv4, ipv6 } = served
      if (ipv4) await ip(namespace, 'address', 'add', ipv4, 'dev', 'seg0')
      if (ipv6) await ip(namespace, 'address', 'add', ipv6, 'dev', 'seg0', 'nodad')
      let server: ChildProcess | undefined
      const segment: Segment = {
        namespace,
        async serve() {
          const net4 = ipv4?.split('.').slice(0, 3).join('.')
          const argv = runner.argvOf(namespace, [
            ...(['dnsmasq', '-C', '/dev/null', '-k', '--port=0', '--interface=seg0', '--bind-interfaces'] as const),
            ...[
              '--no-ping',
              '--leasefile-ro',
              '--dhcp-authoritative',
              '--pid-file=',
              '--log-facility=-',
              '--dhcp-option=6,192.0.2.53',
            ],
            ...(net4 ? [`--dhcp-range=${net4}.50,${net4}.99,120`] : []),
            ...(ipv6 ? [`--dhcp-range=${ipv6.replace(/::.*/, '::')},ra-only`, '--enable-ra'] : []),
          ])
          server = spawn(argv[0], argv.slice(1), { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
          servers.add(server)
          await once(server.stderr as NodeJS.EventEmitter, 'data')
        },
        async silence() {
          if (!server) return
          servers.delete(server)
          await kill(server)
          server = undefined
        },
      }
      if (ipv4 || ipv6) await segment.serve()
      return segment
    },
    async plug(nic, { namespace }) {
      const peer = `p-${nic}`
      await ip('root', 'link', 'add', 'name', nic, 'type', 'veth', 'peer', 'name', peer, 'netns', namespace)
      await ip(namespace, 'link', 'set', 'dev', peer, 'master', 'seg0', 'up')
    },
    async close() {
      holder.kill('SIGKILL')
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit')
      await Promise.all([...servers].map(kill))
    },
  }
}

/** With the processes that enter the machine for it. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  signalGroup(child.pid as number, 'SIGKILL')
  await ended
}
