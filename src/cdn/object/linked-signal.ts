/** A signal of one piece of work: given when the caller's is given, or when the work ends. */
import { setMaxListeners } from 'node:events'

export interface LinkedSignal {
  readonly signal: AbortSignal
  /** Ends what still listens, and lets go of the caller's signal. */
  end(reason?: unknown): void
}

/** As many requests as there are may listen to it without a warning. */
export function linkSignal(outer: AbortSignal | undefined): LinkedSignal {
  const inner = new AbortController()
  setMaxListeners(0, inner.signal)
  const onAbort = () => inner.abort(outer?.reason)
  if (outer?.aborted) onAbort()
  else outer?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: inner.signal,
    end(reason) {
      outer?.removeEventListener('abort', onAbort)
      inner.abort(reason)
    },
  }
}
