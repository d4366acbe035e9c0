/**
 * The one error of Hyphae: what was wrong, where, and what to do next.
 *
 * Every error that leaves the library is a `HyphaeError` with a stable string `code`. Domain files beside this one
 * hold the codes of a domain; nobody throws a bare `Error`.
 */
export interface HyphaeErrorOptions {
  /** What the reader can do about it, one sentence. */
  hint?: string | undefined
  /** Where: a model path (`machines[0].disks[1].size`), a file, a URL without secrets, a node. */
  where?: string | undefined
  /** Machine-readable facts for `--json`; plain data, never a secret. */
  details?: Readonly<Record<string, unknown>> | undefined
  cause?: unknown
}

const BRAND = Symbol.for('hyphae.error')

/**
 * @example
 * try { await client.machines.deploy(model) } catch (error) {
 *   if (isHyphaeError(error) && error.code === 'GRID_NODE_UNREACHABLE') retryLater(error.where)
 * }
 */
export class HyphaeError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly where: string | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: string, message: string, options: HyphaeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = options.hint
    this.where = options.where
    this.details = options.details
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** The first error along the causes that `matches`, this one included. */
  walk(matches: (error: unknown) => boolean): unknown {
    let current: unknown = this
    for (let depth = 0; depth < 32 && current !== undefined; depth++) {
      if (matches(current)) return current
      current = current instanceof Error ? current.cause : undefined
    }
    return undefined
  }

  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
      ...(this.cause === undefined ? {} : { cause: describeCause(this.cause) }),
    }
  }
}

/** True for errors of any copy of Hyphae in the process, not only of this one. */
export function isHyphaeError(value: unknown): value is HyphaeError {
  return value instanceof Error && BRAND in value
}

function describeCause(cause: unknown): unknown {
  if (isHyphaeError(cause)) return cause.toJSON()
  return cause instanceof Error ? { message: cause.message } : String(cause)
}
