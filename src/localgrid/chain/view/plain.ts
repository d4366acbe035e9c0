/** Chain values as the grid's services read them: camelCase names, text for bytes that are text, SS58 addresses. */

import type { ChainEvent } from '../../../chain/port.js'
import { utf8Text } from '../../../core/bytes.js'
import type { EventValue } from '../runtime/pallet.js'
import { accountId, h256 } from '../runtime/primitives.js'
import { addressOfAccount } from '../runtime/ss58.js'
import { snakeCase, type Type } from '../scale/type.js'

/** Text of printable UTF-8; other bytes as they are. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    const text = utf8Text(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells bytes from text
    return /[\u0000-\u0008\u000e-\u001f\u007f]/.test(text) ? bytes : text
  } catch {
    return bytes // not UTF-8
  }
}

export function plain(type: Type<unknown>, value: unknown): unknown {
  if (value === undefined || value === null) return value
  if (type === (accountId as unknown)) return addressOfAccount(value as string)
  if (type === (h256 as unknown)) return `0x${value}`
  if (value instanceof Uint8Array) return textOrBytes(value)
  if (typeof value !== 'object') return value

  const { path, shape } = type.describe()
  if (shape.kind === 'sequence') return (value as readonly unknown[]).map(item => plain(shape.item, item))
  if (shape.kind === 'tuple') return shape.items.map((item, i) => plain(item, (value as readonly unknown[])[i]))
  if (shape.kind === 'composite') {
    if (Array.isArray(value)) return plain(shape.fields[0]?.type as Type<unknown>, value) // BoundedVec
    const fields = new Map(shape.fields.map(field => [field.name, field.type]))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const fieldType = fields.get(snakeCase(key))
        return [key, fieldType ? plain(fieldType, item) : item]
      }),
    )
  }
  if (shape.kind === 'variant') {
    if (path.at(-1) === 'Option') return plain(shape.variants[1]?.fields[0]?.type as Type<unknown>, value)
    const { kind, value: inner } = value as { kind: string; value?: unknown }
    const field = shape.variants.find(({ name }) => name === kind)?.fields[0]
    return inner === undefined || !field ? { kind } : { kind, value: plain(field.type, inner) }
  }
  return value
}

export function plainEvent({ pallet, event, values }: EventValue): ChainEvent {
  return { pallet, name: event.name, data: event.fields.map((field, i) => plain(field.type, values[i])) }
}
