/** A value that must not be printed: logs, JSON, errors and the inspector show `‹secret›`. */
const SHOWN = '‹secret›'

export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself. Call it as late as possible, and keep the result in no object that lives on. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN
  }
}
