/**
 * The process of a program that `hyphae run` runs: `main.js json|terminal FILE [ARGUMENT…]`.
 *
 * Loads what the program will need, waits for the word where its grid is, and ends with an exit code that says what
 * became of it. Its clients find their host under `Symbol.for('hyphae.host')`.
 */
import { Console } from 'node:console'

import { CancelledError } from '../../errors/wait.js'
import { ExitCode, exitCodeOf } from '../exit-codes.js'
import { type CliHost, jsonHost, terminalHost } from '../render/hosts.js'
import { createLoader } from './loader.js'

const HOST = Symbol.for('hyphae.host')

async function main(): Promise<void> {
  const [, , mode, file = '', ...args] = process.argv
  const host = mode === 'json' ? jsonHost(process) : terminalHost(process)
  const environment = waitForEnvironment()
  endWell(host)

  const load = await createLoader(file)
  Object.assign(process.env, await environment)
  Object.assign(globalThis, { [HOST]: host })
  process.argv = [process.argv[0] ?? 'node', file, ...args]
  if (mode === 'json') globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr })
  else letThrough(host)
  await load()
}

/** The other process says where the grid is, once it is. */
function waitForEnvironment(): Promise<Record<string, string>> {
  return new Promise(resolve => {
    process.once('message', message => {
      // From here on the channel is only watched: a program must not wait for it.
      process.channel?.unref()
      resolve((message as { environment: Record<string, string> }).environment)
    })
  })
}

/** Whatever ends the program is shown once, and becomes the exit code. */
function endWell(host: CliHost): void {
  const fail = (error: unknown) => end(host, error, exitCodeOf(error, ExitCode.failure))
  process.once('uncaughtException', fail)
  process.once('unhandledRejection', fail)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      const hint = 'what is written stays; run the program again to go on from there'
      end(host, new CancelledError('the program', { hint, cause: signal }), ExitCode.cancelled)
    })
  }
  // Without the process that holds the grid there is nothing left to do.
  process.once('disconnect', () => process.exit(ExitCode.cancelled))
  process.once('exit', () => host.stop())
}

function end(host: CliHost, error: unknown, exitCode: number): void {
  host.fail(error, exitCode)
  process.exit(exitCode)
}

/** What the program prints does not disturb the lines that are redrawn. */
function letThrough(host: CliHost): void {
  if (!process.stderr.isTTY || !process.stdout.isTTY) return
  const write = process.stdout.write.bind(process.stdout)
  let inside = false
  process.stdout.write = ((...given: Parameters<typeof write>) => {
    if (inside) return write(...given)
    inside = true
    try {
      return host.aside(() => write(...given))
    } finally {
      inside = false
    }
  }) as typeof write
}

void main()
