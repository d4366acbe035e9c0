/** The two hosts of the command line: one for people, one for machines. */
import { printJson } from '../../core/json.js'
import type { Host, Message } from '../../events/host.js'
import type { Plan } from '../../plan/plan.js'
import { type CliContext, terminalOf } from '../context.js'
import { errorData, errorLines } from './error.js'
import { machineLines } from './machines.js'
import { planLines } from './plan.js'
import { Progress } from './progress.js'

export interface CliHost extends Host {
  /** What the program ended with. */
  fail(error: unknown, exitCode: number): void
  /** Writes of the program itself to the terminal. */
  aside<T>(write: () => T): T
  stop(): void
}

type Streams = Pick<CliContext['process'], 'stdout' | 'stderr' | 'env'>

/** Plan and machines on standard output, the rest on standard error. */
export function terminalHost({ stdout, stderr, env }: Streams): CliHost {
  const results = terminalOf(stdout, env)
  const progress = new Progress(stderr, terminalOf(stderr, env))
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) progress.aside(() => stdout.write(`${lines.join('\n')}\n`))
  }
  return {
    notify(message) {
      progress.notify(message)
      const plan = message.code === 'PLAN_READY' ? planOf(message) : undefined
      if (plan !== undefined) print([...planLines(plan, results), ''])
      if (message.code === 'MACHINES_READY') print(machineLines(message.data?.machines, results))
    },
    fail(error) {
      progress.stop()
      stderr.write(`${errorLines(error, { colors: terminalOf(stderr, env).colors, stack: true }).join('\n')}\n`)
    },
    aside: write => progress.aside(write),
    stop: () => progress.stop(),
  }
}

/** One event a line on standard output, the error as the last of them. */
export function jsonHost({ stdout }: Streams): CliHost {
  const line = (event: object) => stdout.write(`${printJson(event)}\n`)
  return {
    notify: ({ code, level, text, data }) => line({ code, level, text, ...(data === undefined ? {} : { data }) }),
    fail: (error, exitCode) =>
      line({ code: 'FAILED', level: 'error', text: textOf(error), data: { ...errorData(error), exitCode } }),
    aside: write => write(),
    stop: () => {},
  }
}

function planOf({ data }: Message): Plan | undefined {
  const plan = data?.plan
  return typeof plan === 'object' && plan !== null && 'steps' in plan ? (plan as Plan) : undefined
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
