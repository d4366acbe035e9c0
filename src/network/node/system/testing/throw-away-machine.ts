/** A machine for one test: its own network, processes, mounts and /run. It ends with its holder, which ends with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { linuxRunner } from '../linux-runner.js'
import type { CommandRunner } from '../runner.js'

export interface ThrowAwayMachine {
  readonly enter: readonly string[]
  runner(): CommandRunner
  /** A program in it, in its root namespace; what it printed. */
  run(...argv: readonly [string, ...string[]]): Promise<string>
  end(): Promise<void>
}

const SET_UP = 'mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up && echo ready && exec cat'

/** @param unprivileged as user 65534 in a user namespace: no tap and no wireguard-go there */
export async function throwAwayMachine({ unprivileged = false } = {}): Promise<ThrowAwayMachine> {
  const own = unprivileged
    ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'unshare', '-U', '-r']
    : ['unshare']
  const [program = '', ...args] = [...own, '-n', '-m', '-p', '-f', '--mount-proc', 'sh', '-c', SET_UP]
  const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const init = initOf(holder)
  const enter = ['nsenter', '-t', init, ...(unprivileged ? ['-U'] : []), '-n', '-m', '-p', '--']
  const runner = () => linuxRunner({ enter, rootHandle: '1' })
  const tools = runner()
  return {
    enter,
    runner,
    async run(first, ...rest) {
      return (await tools.run({ namespace: 'root', program: first, args: rest })).stdout
    },
    async end() {
      holder.stdin.end()
      if (holder.exitCode === null) await once(holder, 'exit')
    },
  }
}

/** Empty, or why this process cannot make machines. */
export function missingForMachines(): string {
  if (process.getuid?.() !== 0) return 'needs root'
  const missing = ['ip', 'nft', 'wg', 'wireguard-go', 'nsenter', 'unshare', 'sysctl'].filter(
    tool => spawnSync(tool, ['--version']).error !== undefined,
  )
  return missing.length === 0 ? '' : `needs ${missing.join(', ')}`
}

function initOf({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
}
