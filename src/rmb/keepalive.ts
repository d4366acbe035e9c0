/**
 * Notices that a link is dead although nobody closed it: asks every so often, and wants to hear something back.
 * A relay answers a ping envelope with a pong (threefoldtech/rmb-rs, src/relay/api.rs); any frame is a sign of life.
 */
export interface KeepAliveOptions {
  readonly intervalMs: number
  /** How long after a ping something must have been heard. */
  readonly patienceMs: number
  readonly ping: () => void
  readonly onSilence: () => void
}

export interface KeepAlive {
  /** Something was received. */
  heard(): void
  stop(): void
}

export function keepAlive(options: KeepAliveOptions): KeepAlive {
  let patience: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(patience)
    patience = undefined
  }
  const interval = setInterval(() => {
    patience ??= setTimeout(options.onSilence, options.patienceMs)
    options.ping()
  }, options.intervalMs)
  // The socket keeps the process alive as long as it is open; these do not.
  interval.unref()

  return {
    heard,
    stop() {
      clearInterval(interval)
      heard()
    },
  }
}
