/** Delays that grow: `firstMs`, times `factor` each time, never above `maxMs`, with up to `jitter` of it taken off. */
export interface Backoff {
  firstMs: number
  factor: number
  maxMs: number
  /** 0 to 1. */
  jitter?: number
}

export function* delays(backoff: Backoff, random: () => number = Math.random): Generator<number, never> {
  let next = backoff.firstMs
  while (true) {
    yield next * (1 - (backoff.jitter ?? 0) * random())
    next = Math.min(next * backoff.factor, backoff.maxMs)
  }
}
