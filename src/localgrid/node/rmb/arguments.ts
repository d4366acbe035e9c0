/** Arguments of commands: JSON from outside, checked before use. */
import { parseJson } from '../../../core/json.js'
import { ZosError } from '../../../errors/zos.js'

const MAX_U64 = (1n << 64n) - 1n
const MAX_U32 = 0xffff_ffffn

/** @throws {ZosError} ZOS_DECODE when the payload is not a JSON object */
export function objectArgument(payload: string): ReadonlyMap<string, unknown> {
  if (payload === '') throw bad('unexpected end of JSON input')
  const value = json(payload)
  if (value === null) return new Map()
  if (typeof value !== 'object' || Array.isArray(value)) throw bad('json: cannot unmarshal the payload into an object')
  // Keys match in any case, as in the node's decoder.
  return new Map(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]))
}

/** A missing number is 0. @throws {ZosError} */
export function u64Argument(args: ReadonlyMap<string, unknown>, name: string, max = MAX_U64): bigint {
  const value = args.get(name) ?? 0
  const number = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof number !== 'bigint' || number < 0n || number > max) {
    throw bad(`json: cannot unmarshal ${name} into an unsigned integer`)
  }
  return number
}

export function u32Argument(args: ReadonlyMap<string, unknown>, name: string): number {
  return Number(u64Argument(args, name, MAX_U32))
}

/** A missing text is empty. @throws {ZosError} */
export function textArgument(args: ReadonlyMap<string, unknown>, name: string): string {
  const value = args.get(name) ?? ''
  if (typeof value !== 'string') throw bad(`json: cannot unmarshal ${name} into a string`)
  return value
}

function json(payload: string): unknown {
  try {
    return parseJson(payload)
  } catch (cause) {
    throw new ZosError('ZOS_DECODE', 'invalid character in JSON input', { cause })
  }
}

function bad(message: string): ZosError {
  return new ZosError('ZOS_DECODE', message)
}
