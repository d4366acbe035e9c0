/** Whole values to bytes and back. */
import { ScaleReader } from './reader.js'
import type { Type } from './type.js'
import { ScaleWriter } from './writer.js'

export function encode<T>(type: Type<T>, value: T): Uint8Array {
  const writer = new ScaleWriter()
  type.encode(writer, value)
  return writer.finish()
}

/** @throws {ScaleError} when the bytes are too few, too many or no value of the type */
export function decode<T>(type: Type<T>, bytes: Uint8Array): T {
  const reader = new ScaleReader(bytes)
  const value = type.decode(reader)
  reader.end()
  return value
}
