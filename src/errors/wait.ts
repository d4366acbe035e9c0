import { HyphaeError, type HyphaeErrorOptions } from './base.js'

/** A wait reached its deadline. `message` says what was waited for and for how long. */
export class DeadlineError extends HyphaeError {
  constructor(what: string, timeoutMs: number, options?: HyphaeErrorOptions) {
    super('DEADLINE', `${what} did not happen within ${formatMs(timeoutMs)}`, {
      ...options,
      details: { what, timeoutMs, ...options?.details },
    })
  }
}

/** The caller (a signal, Ctrl-C, `disconnect`) ended the work. */
export class CancelledError extends HyphaeError {
  constructor(what: string, options?: HyphaeErrorOptions) {
    super('CANCELLED', `${what} was cancelled`, options)
  }
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`
}
