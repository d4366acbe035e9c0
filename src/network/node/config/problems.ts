/** Everything that is wrong with a configuration, collected, so that a person mends it once. */
import { HyphaeError } from '../../../errors/base.js'
import { ModelError, type Problem } from '../../../errors/model.js'

const MOST_PROBLEMS = 200
const SHOWN_CHARACTERS = 60

export class Problems {
  readonly #list: Problem[] = []

  get any(): boolean {
    return this.#list.length > 0
  }

  /** @param value what was given; leave secrets out */
  add(path: string, rule: string, message: string, value?: unknown, nearest?: string): void {
    if (this.#list.length >= MOST_PROBLEMS) return
    this.#list.push({
      path,
      rule,
      message,
      ...(value === undefined ? {} : { value: shown(value) }),
      ...(nearest === undefined ? {} : { nearest }),
    })
  }

  /** What `work` comes to; when it throws, that is a problem of `path` and the answer is `undefined`. */
  attempt<T>(path: string, rule: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof HyphaeError)) throw error
      this.add(path, rule, error.hint === undefined ? error.message : `${error.message}: ${error.hint}`)
      return undefined
    }
  }

  /** @throws {ModelError} when there is any */
  check(): void {
    if (this.any) throw new ModelError("the configuration of the node's network", this.#list)
  }
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, SHOWN_CHARACTERS)
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : value
}
