/** The metadata's type table: every type once, numbered in the order it is met. */

import { utf8 } from '../../../core/bytes.js'
import type { FieldShape, Shape, Type } from '../scale/type.js'
import type { ScaleWriter } from '../scale/writer.js'

const PRIMITIVES = { Bool: 0, Str: 2, U8: 3, U16: 4, U32: 5, U64: 6, U128: 7 } as const
const PRIMITIVE = 5

export class TypeTable {
  readonly #ids = new Map<unknown, number>()
  readonly #types: Type<unknown>[] = []

  id(type: Type<unknown>): number {
    const target = type.resolve ? type.resolve() : type
    // Sequences, options and numbers may be described by several objects; they are one type all the same.
    const key = this.#identity(target)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#types.length
    this.#ids.set(key, id)
    this.#types.push(target)
    this.#visit(target)
    return id
  }

  #identity(type: Type<unknown>): unknown {
    const { path, shape } = type.describe()
    if (shape.kind === 'primitive') return shape.name
    if (shape.kind === 'sequence') return `seq ${this.id(shape.item)}`
    if (shape.kind === 'array') return `array ${shape.length} ${this.id(shape.item)}`
    if (path.at(-1) === 'BoundedVec' && shape.kind === 'composite') {
      return `bounded ${this.id(shape.fields[0]?.type as Type<unknown>)}`
    }
    return type
  }

  /** Numbers everything a type mentions, so that writing meets no new one. */
  #visit(type: Type<unknown>): void {
    const { params, shape } = type.describe()
    for (const param of params) if (param.type) this.id(param.type)
    for (const inner of mentioned(shape)) this.id(inner)
  }

  write(writer: ScaleWriter): void {
    writer.compact(this.#types.length)
    for (let id = 0; id < this.#types.length; id++) {
      const { path, params, shape } = (this.#types[id] as Type<unknown>).describe()
      writer.compact(id)
      writeList(writer, path, segment => text(writer, segment))
      writeList(writer, params, param => {
        text(writer, param.name)
        writer.u8(param.type ? 1 : 0)
        if (param.type) writer.compact(this.id(param.type))
      })
      this.#writeShape(writer, shape)
      writer.compact(0) // docs
    }
  }

  #writeShape(writer: ScaleWriter, shape: Shape): void {
    const fields = (list: readonly FieldShape[]) =>
      writeList(writer, list, field => {
        writer.u8(field.name === undefined ? 0 : 1)
        if (field.name !== undefined) text(writer, field.name)
        writer.compact(this.id(field.type))
        writer.u8(0) // type name
        writer.compact(0) // docs
      })

    switch (shape.kind) {
      case 'composite':
        writer.u8(0)
        fields(shape.fields)
        break
      case 'variant':
        writer.u8(1)
        writeList(writer, shape.variants, variant => {
          text(writer, variant.name)
          fields(variant.fields)
          writer.u8(variant.index)
          writer.compact(0)
        })
        break
      case 'sequence':
        writer.u8(2)
        writer.compact(this.id(shape.item))
        break
      case 'array':
        writer.u8(3)
        writer.u32(shape.length)
        writer.compact(this.id(shape.item))
        break
      case 'tuple':
        writer.u8(4)
        writeList(writer, shape.items, item => writer.compact(this.id(item)))
        break
      case 'primitive':
        writer.u8(PRIMITIVE)
        writer.u8(PRIMITIVES[shape.name])
        break
      case 'compact':
        writer.u8(6)
        writer.compact(this.id(shape.item))
    }
  }
}

function mentioned(shape: Shape): readonly Type<unknown>[] {
  switch (shape.kind) {
    case 'composite':
      return shape.fields.map(field => field.type)
    case 'variant':
      return shape.variants.flatMap(variant => variant.fields.map(field => field.type))
    case 'tuple':
      return shape.items
    case 'primitive':
      return []
    default:
      return [shape.item]
  }
}

export function text(writer: ScaleWriter, value: string): void {
  const bytes = utf8(value)
  writer.compact(bytes.length)
  writer.raw(bytes)
}

export function writeList<T>(writer: ScaleWriter, list: readonly T[], write: (item: T) => void): void {
  writer.compact(list.length)
  for (const item of list) write(item)
}
