/** What commands are given of the process they run in; tests give them something else. */
import type { CommandContext, StricliProcess } from '@stricli/core'

export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly getColorDepth?: (env?: Readonly<Partial<Record<string, string>>>) => number
}

type Environment = Readonly<Partial<Record<string, string>>>

export interface CliContext extends CommandContext {
  readonly process: StricliProcess & {
    readonly stdout: OutputStream
    readonly stderr: OutputStream
    readonly env: Environment
    exitCode?: number | string | null
  }
  readonly cwd: string
  /** Resolves with the name of the first signal that asks the process to end. */
  readonly interrupted: Promise<string>
  /** All of standard input, at most `maxBytes`. */
  readStdin(maxBytes: number): Promise<string>
}

/** How one stream is to be written to. */
export interface Terminal {
  readonly colors: boolean
  /** A person is watching: lines may be redrawn. */
  readonly interactive: boolean
  /** Undefined when lines may be of any length. */
  readonly columns: number | undefined
  readonly rows: number
}

const FEWEST_COLUMNS = 40

/** Colours only on a terminal, and never with NO_COLOR. See https://no-color.org. */
export function terminalOf(stream: OutputStream, env: Environment): Terminal {
  const isTerminal = stream.isTTY === true
  const dumb = env.TERM === 'dumb'
  return {
    colors: isTerminal && !dumb && !env.NO_COLOR,
    interactive: isTerminal && !dumb && !env.CI,
    columns: isTerminal ? Math.max(FEWEST_COLUMNS, stream.columns || 80) : undefined,
    rows: stream.rows || 24,
  }
}
