/**
 * Child processes of a real Linux: argument vectors, never a shell, with a deadline, a bound on what they print, and
 * errors that say which command it was.
 *
 * `ip` enters namespaces by itself (`-n`); other programs go through `nsenter --net`, which costs a millisecond less than
 * `ip netns exec` and leaves mounts alone. Services get `ip netns exec`: it gives them /etc/netns/NAME/resolv.conf.
 */
import { spawn } from 'node:child_process'

import { NodeNetworkError } from '../../../errors/node-network.js'
import { CancelledError, DeadlineError } from '../../../errors/wait.js'
import { ROOT } from '../state/desired.js'
import { redacted } from './redacted.js'
import type { Command, CommandRunner, Outcome } from './runner.js'
import { signalGroup } from './signal-group.js'

export interface LinuxRunnerOptions {
  /** Put before every command: the way into another machine, for example `nsenter -t 4711 -n -m -p --`. */
  readonly enter?: readonly string[]
  /** A named namespace that stands for the node's own; those of the node are then called `NAME.ndmz` and so on. */
  readonly rootNamespace?: string
  /** How `ip` names the root namespace when a link is moved there; this process's id when absent. */
  readonly rootHandle?: string
}

const TIMEOUT_MS = 10_000
const MOST_BYTES = 64 * 1024 * 1024
const SHOWN_CHARACTERS = 2_000
const NETNS_FOLDER = '/run/netns'

export function linuxRunner(options: LinuxRunnerOptions = {}): CommandRunner {
  const { enter = [], rootNamespace, rootHandle = rootNamespace ?? String(process.pid) } = options
  let started = 0

  const named = (namespace: string): string | undefined => {
    if (namespace === ROOT) return rootNamespace
    return rootNamespace === undefined ? namespace : `${rootNamespace}.${namespace}`
  }
  const inside = (namespace: string, program: string, args: readonly string[]): readonly string[] => {
    const name = named(namespace)
    if (name === undefined) return [program, ...args]
    // `ip -n` has mounts of its own: a namespace that it makes would be seen by nobody else.
    if (program === 'ip' && namespace !== ROOT) return ['ip', '-n', name, ...args]
    return ['nsenter', `--net=${NETNS_FOLDER}/${name}`, program, ...args]
  }
  return {
    get started() {
      return started
    },
    nameOf: namespace => named(namespace) ?? rootHandle,
    argvOf(namespace, command) {
      const name = named(namespace)
      const argv = [...enter, ...(name === undefined ? [] : ['ip', 'netns', 'exec', name]), ...command]
      return argv as [string, ...string[]]
    },
    run(command) {
      started++
      return runChild(command, [...enter, ...inside(command.namespace, command.program, command.args)])
    },
  }
}

function runChild(command: Command, argv: readonly string[]): Promise<Outcome> {
  const { input, timeoutMs = TIMEOUT_MS, mayFail = false, signal: cancel } = command
  return new Promise((resolve, reject) => {
    const cancelled = () => new CancelledError(shown(command), { cause: cancel?.reason })
    if (cancel?.aborted) return reject(cancelled())
    const [file = '', ...args] = argv
    // A group of its own: the way into another machine (`nsenter -p`) is a process that waits for another one.
    const child = spawn(file, args, {
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let problem: Error | undefined
    const end = (error: Error) => {
      problem ??= error
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    }
    const onCancel = () => end(cancelled())
    cancel?.addEventListener('abort', onCancel, { once: true })
    const timer = setTimeout(() => end(new DeadlineError(`the end of ${shown(command)}`, timeoutMs)), timeoutMs)
    const read = collect(() => end(failure(command, `printed more than ${MOST_BYTES} bytes`)))
    child.stdout?.on('data', read.stdout)
    child.stderr?.on('data', read.stderr)
    // A child that ends without reading all of it says why on its own.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    child.once('error', cause => {
      clearTimeout(timer)
      cancel?.removeEventListener('abort', onCancel)
      reject(
        (cause as NodeJS.ErrnoException).code === 'ENOENT'
          ? missing(file)
          : failure(command, 'did not start', { cause }),
      )
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      cancel?.removeEventListener('abort', onCancel)
      if (problem) return reject(problem)
      const outcome = { code: code ?? 255, ...read.text() }
      if (outcome.code === 0) return resolve(outcome)
      // nsenter says so when the program that it was to run is not there.
      if (/failed to execute \S+: No such file/.test(outcome.stderr)) return reject(missing(command.program))
      if (mayFail && code !== null) return resolve(outcome)
      reject(ended(command, outcome, signal))
    })
  })
}

function collect(tooMuch: () => void) {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let bytes = 0
  const to = (stream: 'stdout' | 'stderr') => (part: Buffer) => {
    bytes += part.length
    if (bytes > MOST_BYTES) return tooMuch()
    parts[stream].push(part)
  }
  const text = (stream: 'stdout' | 'stderr') => Buffer.concat(parts[stream]).toString('utf8')
  return {
    stdout: to('stdout'),
    stderr: to('stderr'),
    text: () => ({ stdout: text('stdout'), stderr: text('stderr') }),
  }
}

function ended(command: Command, { code, stdout, stderr }: Outcome, signal: string | null): NodeNetworkError {
  const output = redacted((stderr.trim() || stdout.trim()).slice(-SHOWN_CHARACTERS))
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`
  const details = { command: shown(command), namespace: command.namespace, exitCode: code, output }
  if (/operation not permitted|permission denied/i.test(output)) {
    return new NodeNetworkError('NODE_NET_PERMISSION', `${shown(command)} is not allowed: ${output}`, {
      hint: 'run it as root, or with CAP_NET_ADMIN, CAP_SYS_ADMIN and CAP_NET_RAW',
      where: `namespace ${command.namespace}`,
      details,
    })
  }
  if (/operation not supported|unknown device type/i.test(output)) {
    return new NodeNetworkError('NODE_NET_KERNEL', `this kernel cannot do ${shown(command)}: ${output}`, {
      hint: 'VLANs need a kernel with bridge VLAN filtering; load the module, or leave the feature out of the configuration',
      where: `namespace ${command.namespace}`,
      details,
    })
  }
  return failure(command, `${how}${output === '' ? '' : `: ${output}`}`, { details })
}

function failure(
  command: Command,
  what: string,
  more: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_COMMAND', `${shown(command)} ${what}`, {
    where: `namespace ${command.namespace}`,
    ...more,
  })
}

function missing(program: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_TOOL', `the program ${program} is not installed`, {
    hint: 'Debian has ip in iproute2, nft in nftables, wg in wireguard-tools, sysctl in procps, nsenter in util-linux',
  })
}

function shown({ program, args }: Command): string {
  return redacted([program, ...args].join(' '))
}
