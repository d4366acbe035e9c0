/** Bodies of admin requests, checked. ajv is loaded by the first of them. */
import type { ErrorObject, ValidateFunction } from 'ajv'

import { LocalGridError } from '../../errors/localgrid.js'
import type { Fault } from '../faults.js'
import { FAULT_KINDS, isFaultKind, schemaOf } from './fault-schema.js'

export interface AdminRequests {
  fault(body: string): Promise<Fault>
  advance(body: string): Promise<{ blocks: number }>
  fund(body: string): Promise<{ address: string; tft: number | string }>
}

/** The longest jump: the grace period of 14 days and a bit. */
const MAX_BLOCKS = 250_000

const ADVANCE = {
  type: 'object',
  additionalProperties: false,
  required: ['blocks'],
  properties: { blocks: { type: 'integer', minimum: 1, maximum: MAX_BLOCKS } },
}
const FUND = {
  type: 'object',
  additionalProperties: false,
  required: ['address', 'tft'],
  properties: {
    address: { type: 'string', minLength: 1, maxLength: 64 },
    tft: { anyOf: [{ type: 'number' }, { type: 'string', maxLength: 32 }] },
  },
}

/** @throws {LocalGridError} LOCALGRID_REQUEST, from each of its functions */
export function adminRequests(): AdminRequests {
  const compiled = new Map<object | string, ValidateFunction>()
  const check = async <T>(key: object | string, schema: () => object, value: unknown): Promise<T> => {
    let validate = compiled.get(key)
    if (!validate) {
      const { Ajv } = await import('ajv')
      validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema())
      compiled.set(key, validate)
    }
    if (!validate(value)) throw refused(describe(validate.errors?.[0]))
    return value as T
  }
  return {
    fault: async body => {
      const value = readJson(body)
      const kind = (value as { kind?: unknown } | null)?.kind
      if (!isFaultKind(kind)) throw refused(`kind must be one of ${FAULT_KINDS.join(', ')}`)
      return check<Fault>(kind, () => schemaOf(kind), value)
    },
    advance: async body => check(ADVANCE, () => ADVANCE, readJson(body)),
    fund: async body => check(FUND, () => FUND, readJson(body)),
  }
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw refused('the body is not JSON')
  }
}

function describe(error: ErrorObject | undefined): string {
  if (!error) return 'the body is not what it must be'
  const where = error.instancePath.slice(1).replaceAll('/', '.')
  const extra = (error.params as { additionalProperty?: string }).additionalProperty
  return `${where || 'the body'} ${error.message}${extra === undefined ? '' : ` (${extra})`}`
}

function refused(message: string): LocalGridError {
  return new LocalGridError('LOCALGRID_REQUEST', message)
}
