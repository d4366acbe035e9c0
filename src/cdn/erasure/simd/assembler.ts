/**
 * As much of a WebAssembly assembler as the kernel needs: expressions are functions that answer with their bytes.
 *
 * `set(sum, add(get(sum), get(step)))` is the code that adds `step` to `sum`. Pure, runs in a browser.
 * Source of the encoding: webassembly.github.io/spec/core/binary and its SIMD instructions.
 */
export type Code = readonly number[]

/** Index of a parameter or a local. */
export type Local = number

const I32 = 0x7f
const V128 = 0x7b
const NO_RESULT = 0x40

/** Alignment of SIMD accesses as a power of two: a hint only, and shards begin anywhere. */
const UNALIGNED = 0

export const get = (local: Local): Code => [0x20, ...unsigned(local)]
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local)]
export const constant = (value: number): Code => [0x41, ...signed(value)]
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
export const lessThan = (a: Code, b: Code): Code => [...a, ...b, 0x49]

/** Runs `body`, and again as long as `again` is not zero. */
export const repeatWhile = (again: Code, ...body: readonly Code[]): Code => [
  ...[0x03, NO_RESULT],
  ...body.flat(),
  ...again,
  ...[0x0d, 0x00],
  ...[0x0b],
]

export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00), UNALIGNED, ...unsigned(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(0x0b),
    UNALIGNED,
    ...unsigned(offset),
  ],
  zero: (): Code => [...simd(0x0c), ...new Array<number>(16).fill(0)],
  /** Sixteen times the same byte. */
  splat: (byte: Code): Code => [...byte, ...simd(0x0f)],
  /** Byte i of the result is byte `indexes[i]` of `table`. */
  swizzle: (table: Code, indexes: Code): Code => [...table, ...indexes, ...simd(0x0e)],
  and: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)],
  xor: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x51)],
  /** Each of eight pairs of bytes shifted to the right: the high byte's lowest bits enter the low byte. */
  shiftPairsRight: (a: Code, bits: number): Code => [...a, ...constant(bits), ...simd(0x8d)],
}

export interface FunctionSource {
  readonly name: string
  /** Parameters, all of them i32; there is no result. */
  readonly parameters: number
  /** Locals of 128 bits, numbered behind the parameters and the i32 locals. */
  readonly vectors: number
  /** Locals of 32 bits, numbered behind the parameters. */
  readonly integers: number
  readonly body: readonly Code[]
}

/** A module that exports its functions and one `memory` of at least one page of 64 KiB. */
export function assemble(functions: readonly FunctionSource[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...list(new Array<Code>(parameters).fill([I32])), 0x00])
  const exports = functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)])
  const bodies = functions.map(({ integers, vectors, body }) => {
    const locals = list([
      [...unsigned(integers), I32],
      [...unsigned(vectors), V128],
    ])
    return sized([...locals, ...body.flat(), 0x0b])
  })
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d], // "\0asm"
    ...[0x01, 0x00, 0x00, 0x00], // version 1
    ...section(1, list(types)),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(5, list([[0x00, 0x01]])),
    ...section(7, list([...exports, [...text('memory'), 0x02, 0x00]])),
    ...section(10, list(bodies)),
  ])
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)]
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content]
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()]
}

function text(ascii: string): Code {
  return sized(Array.from(ascii, character => character.charCodeAt(0)))
}

function simd(instruction: number): Code {
  return [0xfd, ...unsigned(instruction)]
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** Signed LEB128. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
