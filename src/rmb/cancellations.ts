/**
 * Requests and the signals that end them. Many requests may share one signal; it gets one listener from us, not one a
 * request, because Node warns on the console of an eleventh.
 */
export class Cancellations {
  readonly #followers = new Map<AbortSignal, { requests: Set<AbortController>; stop: () => void }>()

  /** A controller that ends with the signal, and the way to let go of it. */
  open(signal: AbortSignal | undefined): { end: AbortController; release: () => void } {
    const end = new AbortController()
    if (!signal) return { end, release: () => {} }
    if (signal.aborted) {
      end.abort(signal.reason)
      return { end, release: () => {} }
    }
    const { requests, stop } = this.#follow(signal)
    requests.add(end)
    const release = () => {
      requests.delete(end)
      if (requests.size > 0) return
      this.#followers.delete(signal)
      stop()
    }
    return { end, release }
  }

  #follow(signal: AbortSignal) {
    const known = this.#followers.get(signal)
    if (known) return known
    const requests = new Set<AbortController>()
    const onAbort = () => {
      for (const end of requests) end.abort(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
    const follower = { requests, stop: () => signal.removeEventListener('abort', onAbort) }
    this.#followers.set(signal, follower)
    return follower
  }
}
