/** Waits for a condition, and says what it waited for when it does not come. */
const PAUSE_MS = 10

/** The first value of `look` that is not undefined and not false; an error that it throws counts as not yet.
 *
 * @param what follows "waited for" in the error
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + timeoutMs
  let last: unknown
  while (performance.now() < end) {
    try {
      const value = await look()
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
      last = value
    } catch (error) {
      last = error
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last })
}
