/** Work that is done so many at once, in the order in which it comes. */

/** @example const inTurn = pool(3); await Promise.all(labs.map(lab => inTurn(() => tryOut(lab)))) */
export function pool(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async work => {
    if (running === atOnce) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
