/** The commands of the package as processes of their own: services that go on, and commands that end. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

import { installedPackage } from '../../support/installed-package.js'

type Child = ChildProcessByStdio<null, Readable, Readable>

const PATIENCE_MS = 45_000
const STOP_MS = 10_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: Buffer
  readonly err: string
}

export interface Service {
  /** What its first line says. */
  readonly port: number
  /** Ends it as Ctrl-C does; rejects when it does not end well. */
  stop(): Promise<void>
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>
}

export interface Command {
  readonly child: Child
  readonly ended: Promise<Ended>
}

/** Processes of one test; `close` ends those that still run, each by its id. */
export class Processes {
  readonly #children = new Set<Child>()
  // Found once: sources that change while tests run must not change what runs.
  readonly #dist = installedPackage().dist

  /** @param folder where commands run, and where they keep what they remember */
  constructor(readonly folder: string) {}

  /** Resolves when the service has said where it listens. */
  async service(args: readonly string[]): Promise<Service> {
    const { child, ended } = this.#spawn('bin.js', [...args, '--json'])
    const line = firstLine(child)
    const early = ended.then(({ err }) => {
      throw new Error(`hyphae ${args[0]} has not come up:\n${err}`)
    })
    early.catch(() => {})
    const first = JSON.parse(await Promise.race([line, early])) as { port?: number }
    if (first.port === undefined) await early
    const port = first.port as number
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      const { code, signal, err } = await ended
      clearTimeout(timer)
      if (code !== 0) throw new Error(`hyphae ${args[0]} ended with ${code ?? signal}:\n${err}`)
    }
    const kill = async () => {
      child.kill('SIGKILL')
      await ended
    }
    return { port, stop, kill }
  }

  /** Starts `mycdnctl`; the caller listens to it. Its output is collected unless `raw`. */
  start(args: readonly string[], { raw = false } = {}): Command {
    return this.#spawn('mycdnctl.js', args, raw)
  }

  /** Runs `mycdnctl` to its end, which must be `exits`. */
  async run(args: readonly string[], exits = 0): Promise<Ended> {
    const { child, ended } = this.start(args)
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    const result = await ended
    clearTimeout(timer)
    if (result.code !== exits) {
      throw new Error(
        `mycdnctl ${args.join(' ')} ended with ${result.code ?? result.signal}:\n${result.out}\n${result.err}`,
      )
    }
    return result
  }

  /** What `mycdnctl … --json` says at its end. */
  async result<T>(args: readonly string[], exits = 0): Promise<T> {
    const { out } = await this.run([...args, '--json'], exits)
    return (JSON.parse(out.toString().trimEnd().split('\n').at(-1) as string) as { result: T }).result
  }

  async close(): Promise<void> {
    const endings = [...this.#children].map(child => once(child, 'close'))
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(endings)
  }

  #spawn(file: string, args: readonly string[], raw = false): Command {
    const { folder } = this
    const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: `${folder}/state`, TMPDIR: folder }
    const child = spawn(process.execPath, [`${this.#dist}/cli/${file}`, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.add(child)
    const out: Buffer[] = []
    let err = ''
    if (!raw) child.stdout.on('data', part => out.push(part))
    child.stderr.setEncoding('utf8').on('data', part => {
      err = (err + part).slice(-20_000)
    })
    const ended = once(child, 'close').then(([code, signal]) => {
      this.#children.delete(child)
      return { code, signal, out: Buffer.concat(out), err } as Ended
    })
    return { child, ended }
  }
}

/** Resolves when the output has a line that `wanted` is true for. Never resolves when it ends before. */
export function lineOf(child: Child, wanted: (line: string) => boolean): Promise<string> {
  return new Promise(resolve => {
    let rest = ''
    child.stdout.on('data', (part: Buffer) => {
      const lines = (rest + part).split('\n')
      rest = lines.pop() as string
      const found = lines.find(wanted)
      if (found !== undefined) resolve(found)
    })
  })
}

function firstLine(child: Child): Promise<string> {
  return lineOf(child, () => true)
}
