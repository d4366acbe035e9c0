/**
 * Applies a configuration, and is killed at one of the things it changes. Its only argument is a file with `CrashOrder`.
 *
 * Nothing of it is stopped or tidied up: what it had started goes on by itself, as after any SIGKILL.
 */
import { readFileSync } from 'node:fs'

import { checkConfig } from '../../../src/network/node/config/check-config.js'
import { openNode, servicesFolder } from '../../../src/network/node/open-node.js'
import type { ProcessManager } from '../../../src/network/node/services/port.js'
import { createSupervisor } from '../../../src/network/node/services/supervisor.js'
import { linuxRunner } from '../../../src/network/node/system/linux-runner.js'
import type { Command, CommandRunner } from '../../../src/network/node/system/runner.js'

export interface CrashOrder {
  /** The way into the machine. */
  readonly enter: readonly string[]
  readonly stateDir: string
  readonly config: unknown
  /** Absent: it lives, and says what it has done. */
  readonly crash?: CrashPoint
}

export interface CrashPoint {
  /** The how-manieth change, from 1. */
  readonly step: number
  /** `during`: its program was started and goes on alone. */
  readonly when: 'before' | 'during' | 'after'
}

export interface CrashReport {
  /** One for every change: `ip in root`, `service-start dhcp-zos`. */
  readonly steps: readonly string[]
  /** Kinds of the operations that were applied. */
  readonly kinds: readonly string[]
}

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as CrashOrder
const steps: string[] = []

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  steps.push(what)
  const { crash } = order
  const when = crash?.step === steps.length ? crash.when : undefined
  if (when === 'before') die()
  const working = work()
  if (when === 'during') die()
  try {
    return await working
  } finally {
    // Also when it was ended early: another NIC has answered, and nobody is asked any more.
    if (when === 'after') die()
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** What only reads is no step. */
function isChange({ program, args, input = '' }: Command): boolean {
  if (program === 'ip') return !args.includes('-j') && !/type wireguard\nlink delete/.test(input)
  if (program === 'sysctl') return args.includes('-w')
  if (program === 'nft') return args.includes('-f')
  if (program === 'wg') return args[0] === 'syncconf'
  return program !== '' && !args.includes('--version')
}

const { enter, stateDir, config } = order
const linux = linuxRunner({ enter, rootHandle: '1' })
const runner: CommandRunner = {
  get started() {
    return linux.started
  },
  nameOf: name => linux.nameOf(name),
  argvOf: (namespace, command) => linux.argvOf(namespace, command),
  run: command =>
    isChange(command)
      ? step(`${command.program} in ${command.namespace}`, () => linux.run(command))
      : linux.run(command),
}
const supervisor = createSupervisor({ folder: servicesFolder(stateDir), runner: linux })
const services: ProcessManager = {
  list: () => supervisor.list(),
  log: name => supervisor.log(name),
  start: spec => step(`service-start ${spec.name}`, () => supervisor.start(spec)),
  stop: name => step(`service-stop ${name}`, () => supervisor.stop(name)),
}

void (async () => {
  const probeTimes = { graceMs: 300 }
  const node = await openNode({ config: checkConfig(config), stateDir, runner, services, probeTimes })
  const { applied } = await node.apply()
  const report: CrashReport = { steps, kinds: [...new Set(applied.map(({ kind }) => kind))].sort() }
  process.stdout.write(JSON.stringify(report))
  await supervisor.close({ keep: true })
})()
