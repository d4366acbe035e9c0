/**
 * Work on the objects of a tree: a few at once, and none is begun after one has failed. Those under way come to their end
 * before the failure is told, so that nothing goes on behind the back of whoever asked.
 */
import { Slots } from './slots.js'

/** Many small files are waited for, not computed on; a large one keeps a few blocks in memory. */
const OBJECTS_AT_ONCE = 4

export class TreeWork {
  readonly #slots = new Slots(OBJECTS_AT_ONCE)
  #failure: { readonly cause: unknown } | undefined

  /** Runs `work` when it is its turn. It must not wait for another turn: all of them could. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#slots.use(async () => {
      if (this.#failure) throw this.#failure.cause
      return work()
    })
  }

  /** What `work` makes of each item, in their order. @throws the first failure of the whole tree */
  async all<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
    const results = await Promise.all(
      items.map(item =>
        work(item).catch(cause => {
          this.#failure ??= { cause }
        }),
      ),
    )
    if (this.#failure) throw this.#failure.cause
    return results as readonly R[]
  }
}
