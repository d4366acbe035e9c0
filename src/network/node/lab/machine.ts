/**
 * A machine made of namespaces: its own network, mounts, process ids and host name; without root, one user namespace is
 * shared by all machines of a lab.
 *
 * Its first process is `cat`, which reads a pipe that only we hold. When we end, in whatever way, so does `cat`, and the
 * kernel ends everything else in the machine with it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { NodeNetworkError } from '../../../errors/node-network.js'
import { DeadlineError } from '../../../errors/wait.js'
import { ROOT } from '../state/desired.js'
import { linuxRunner } from '../system/linux-runner.js'
import type { CommandRunner, Outcome } from '../system/runner.js'
import { type LabProcess, type LabProcessOptions, startProcess } from './lab-process.js'
import { machineMounts } from './machine-mounts.js'
import { toolPath } from './tool-path.js'

export interface MachineOptions {
  /** Its host name too: `[a-z][a-z0-9]{0,7}` */
  readonly name: string
  /** The lab's; the machine gets one of its own in it. Not in /run, which every machine has for itself. */
  readonly folder: string
  /** A user namespace instead of root's rights: true for whoever is not root. */
  readonly userNamespace?: boolean
  /** Whose user namespace it enters instead of making one: machines with a cable between them share one. */
  readonly within?: LabMachine
  /** Added to those that every machine starts with. */
  readonly sysctls?: Readonly<Record<string, string>>
  /** Ask the segment whether an IPv6 address is taken before using it: three seconds for every one. False when absent. */
  readonly duplicateAddressDetection?: boolean
  readonly nameservers?: readonly string[]
}

export interface LabMachine {
  readonly name: string
  /** Of its first process, as it is called where this process lives. */
  readonly pid: number
  /** For files that belong to it: it outlives the machine, not the lab. */
  readonly folder: string
  readonly userNamespace: boolean
  /** Put before a command, it runs inside, in the folder `/`. */
  readonly enter: readonly string[]
  /** Commands in the machine, in its root namespace and in those it makes. */
  readonly runner: CommandRunner
  /** In its root namespace. @throws {NodeNetworkError} NODE_NET_COMMAND when the exit code is not 0 */
  run(program: string, ...args: readonly string[]): Promise<Outcome>
  /** A process that goes on until it is stopped, or the machine is. */
  start(argv: readonly string[], options?: LabProcessOptions): Promise<LabProcess>
  /** Resolves when it is no more, for whatever reason. */
  readonly ended: Promise<void>
  /** Power cut. */
  kill(): Promise<void>
  /** Ends everything in it. Nothing happens the second time. */
  stop(): Promise<void>
}

const NAME = /^[a-z][a-z0-9]{0,7}$/
const READY_MS = 10_000
const STOP_MS = 5_000

/** @throws {NodeNetworkError} NODE_NET_LAB when the machine cannot be made, NODE_NET_TOOL, NODE_NET_COMMAND
 * @example
 * const machine = await startMachine({ name: 'node1', folder: '/tmp/lab' })
 * await machine.run('ip', 'link') // nothing but lo
 * await machine.stop()
 */
export async function startMachine(options: MachineOptions): Promise<LabMachine> {
  const { name, within } = options
  const userNamespace = within?.userNamespace ?? options.userNamespace ?? process.geteuid?.() !== 0
  if (!NAME.test(name)) throw problem(name, 'has no name of a machine', 'use at most 8 of a to z and 0 to 9')
  if (options.folder.startsWith('/run/')) throw problem(name, 'has its folder in /run', 'choose one that it can see')

  const folder = join(options.folder, name)
  const mounts = machineMounts(folder)
  await mkdir(join(folder, 'etc'), { recursive: true })
  const nameservers = (options.nameservers ?? []).map(address => `nameserver ${address}\n`).join('')
  await Promise.all([writeFile(join(folder, 'fstab'), mounts.fstab), writeFile(mounts.resolvConf, nameservers)])

  const holder = await startProcess([...unshare(userNamespace, within), 'cat'])
  try {
    // `cat` answers: all namespaces are there, and /proc is its own.
    holder.write('ready\n')
    await holder.waitFor(/^ready$/m, READY_MS)
    const pid = holder.programPid()
    if (pid === undefined) throw problem(name, 'has lost its first process')
    const machine = machineOf({ name, pid, folder, userNamespace, holder })
    await Promise.all([
      machine.run('mount', '--all', '--fstab', join(folder, 'fstab')),
      machine.run('hostname', name),
      machine.run('ip', 'link', 'set', 'lo', 'up'),
      machine.run('sysctl', '-q', '-w', ...sysctlsOf(options)),
    ])
    return machine
  } catch (cause) {
    holder.closeInput()
    if (!(await endsWithin(holder, STOP_MS))) process.kill(holder.pid, 'SIGKILL')
    if (cause instanceof NodeNetworkError && cause.code !== 'NODE_NET_LAB') throw cause
    throw problem(name, 'does not start', 'namespaces need root, or a kernel that lets people make user namespaces', {
      cause,
    })
  }
}

function unshare(userNamespace: boolean, within: LabMachine | undefined): readonly string[] {
  const namespaces = ['--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc']
  if (!userNamespace) return ['unshare', ...namespaces]
  if (within === undefined) return ['unshare', '--user', '--map-root-user', ...namespaces]
  return ['nsenter', '-t', String(within.pid), '-U', '--preserve-credentials', '--', 'unshare', ...namespaces]
}

/** What a machine starts with, whatever the host has: a new namespace copies some of it from there. */
function sysctlsOf({ sysctls = {}, duplicateAddressDetection = false }: MachineOptions): readonly string[] {
  const all = {
    'net.ipv4.ip_forward': '0',
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.default.rp_filter': '0',
    'net.ipv6.conf.all.disable_ipv6': '0',
    'net.ipv6.conf.default.disable_ipv6': '0',
    // Both: one alone still waits a second.
    ...(duplicateAddressDetection
      ? {}
      : { 'net.ipv6.conf.default.accept_dad': '0', 'net.ipv6.conf.default.dad_transmits': '0' }),
    ...sysctls,
  }
  return Object.entries(all).map(([key, value]) => `${key}=${value}`)
}

interface MachineParts extends Pick<LabMachine, 'name' | 'pid' | 'folder' | 'userNamespace'> {
  readonly holder: LabProcess
}

function machineOf({ holder, ...facts }: MachineParts): LabMachine {
  const { name, pid, userNamespace } = facts
  const enter = enterNamespaces(pid, userNamespace, ['-n', '-m', '-p', '-u'])
  const runner = linuxRunner({ enter, rootHandle: '1' })
  const ended = holder.ended.then(() => {})
  const gone = async (ask: () => void) => {
    ask()
    if (await endsWithin(holder, STOP_MS)) return
    holder.signal('SIGKILL')
    if (!(await endsWithin(holder, STOP_MS))) throw new DeadlineError(`the end of the machine ${name}`, 2 * STOP_MS)
  }
  return {
    ...facts,
    enter,
    runner,
    ended,
    run: (program, ...args) => runner.run({ namespace: ROOT, program, args }),
    start: (argv, options) => startProcess([...enter, ...argv], options),
    kill: () => gone(() => holder.signal('SIGKILL')),
    stop: () => gone(() => holder.closeInput()),
  }
}

/** The argv that enters some of a machine's namespaces. */
export function enterNamespaces(pid: number, userNamespace: boolean, which: readonly string[]): readonly string[] {
  const user = userNamespace ? ['-U', '--preserve-credentials'] : []
  // Runners pass this process's PATH on, which may lack the folders of `ip` and `nft`.
  const path = toolPath() === process.env.PATH ? [] : ['env', `PATH=${toolPath()}`]
  return ['nsenter', '-t', String(pid), ...user, ...which, '--', ...path]
}

async function endsWithin(holder: LabProcess, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  try {
    return await Promise.race([holder.ended.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

function problem(name: string, what: string, hint?: string, more: { cause?: unknown } = {}): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_LAB', `the machine ${JSON.stringify(name)} ${what}`, { hint, ...more })
}
