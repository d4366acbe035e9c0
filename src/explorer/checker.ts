/** Answers are checked before anything reads them. Schemas compile at their first use, once for each checker. */
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'

import { ExplorerError } from '../errors/explorer.js'

export class Checker {
  readonly #compiled = new Map<object, Promise<ValidateFunction>>()
  #ajv: Promise<Ajv> | undefined

  /** The value, known to be a `T` by the schema.
   *
   * @param what names the answer in the error: `the list of nodes`
   * @throws {ExplorerError} EXPLORER_REPLY with the place and the rule
   */
  async check<T>(schema: object, value: unknown, what: string, where: string): Promise<T> {
    let compiled = this.#compiled.get(schema)
    if (!compiled) {
      compiled = this.#compile(schema)
      this.#compiled.set(schema, compiled)
    }
    const validate = await compiled
    if (validate(value)) return value as T

    const problems = (validate.errors ?? []).map(problemOf)
    throw new ExplorerError('EXPLORER_REPLY', `${what} is not what it must be: ${problems.join('; ')}`, {
      where,
      hint: 'the service answers in another way than known; check its address and version',
      details: { problems },
    })
  }

  async #compile(schema: object): Promise<ValidateFunction> {
    // Schemas are ours, and a test checks them: compiling the schema of schemas would take longer than all of them.
    this.#ajv ??= import('ajv').then(({ Ajv }) => new Ajv({ strict: false, allErrors: false, validateSchema: false }))
    return (await this.#ajv).compile(schema)
  }
}

function problemOf({ instancePath, message, params }: ErrorObject): string {
  const place = instancePath === '' ? 'the answer' : instancePath
  const allowed = (params as { allowedValues?: readonly unknown[] }).allowedValues
  return `${place} ${message ?? 'is wrong'}${allowed === undefined ? '' : ` (${allowed.join(', ')})`}`
}
