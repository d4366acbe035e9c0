/** Every command ends here: its error is shown in the way its output is read, and becomes the exit code. */
import type { CliContext } from './context.js'
import { terminalOf } from './context.js'
import { exitCodeOf } from './exit-codes.js'

type Run<F, A extends readonly string[]> = (this: CliContext, flags: F, ...args: A) => Promise<void>

export function guarded<F extends { readonly json: boolean }, A extends readonly string[]>(
  command: Run<F, A>,
): Run<F, A> {
  return async function (flags, ...args) {
    try {
      await command.call(this, flags, ...args)
    } catch (error) {
      const { errorData, errorLines } = await import('./render/error.js')
      const { stdout, stderr, env } = this.process
      const exitCode = exitCodeOf(error)
      if (flags.json) stdout.write(`${JSON.stringify({ error: errorData(error), exitCode })}\n`)
      const { colors } = terminalOf(stderr, env)
      stderr.write(`${errorLines(error, { colors, stack: true }).join('\n')}\n`)
      this.process.exitCode = exitCode
    }
  }
}
