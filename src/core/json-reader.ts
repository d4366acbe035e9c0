/**
 * A JSON reader that loses nothing: number literals, key order and duplicate keys reach the builder as they stand.
 *
 * Errors are those of Go's `encoding/json`, word for word, because nodes of the grid answer with them; a lone surrogate
 * becomes U+FFFD as it does there. Depth and length have bounds. Runs in a browser.
 */
import { InputError } from '../errors/input.js'

export interface JsonBuilder<T> {
  /** The digits as written: `1e3`, `5.0`, `18446744073709551615`. */
  number(literal: string): T
  text(value: string): T
  constant(value: true | false | null): T
  list(items: T[]): T
  /** Keys in their order; a key given twice comes twice. */
  object(entries: [string, T][]): T
}

export interface JsonBounds {
  /** Nesting of lists and objects. */
  readonly maxDepth?: number
  /** UTF-16 code units of the whole text. */
  readonly maxLength?: number
}

export const defaultJsonBounds = { maxDepth: 256, maxLength: 64 * 1024 * 1024 } as const

/** @throws {InputError} INPUT_JSON; `details.offset` is the place in the text */
export function readJson<T>(text: string, builder: JsonBuilder<T>, bounds: JsonBounds = {}): T {
  const { maxDepth, maxLength } = { ...defaultJsonBounds, ...bounds }
  if (text.length > maxLength) {
    throw new InputError('INPUT_JSON', `JSON text has ${text.length} characters, at most ${maxLength} are read`)
  }
  return new Reader(text, builder, maxDepth).document()
}

/** Every half of a surrogate pair that stands alone, replaced as UTF-8 encoders do. */
export function wellFormed(text: string): string {
  return SURROGATE.test(text) ? text.replace(LONE_SURROGATE, '\ufffd') : text
}

const SURROGATE = /[\ud800-\udfff]/
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const END = 'unexpected end of JSON input'
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

class Reader<T> {
  #at = 0
  #depth = 0

  constructor(
    readonly text: string,
    readonly build: JsonBuilder<T>,
    readonly maxDepth: number,
  ) {}

  document(): T {
    const value = this.#value()
    this.#skipSpace()
    if (this.#at < this.text.length) throw this.#unexpected('after top-level value')
    return value
  }

  #value(): T {
    this.#skipSpace()
    const code = this.text.charCodeAt(this.#at)
    if (code === QUOTE) return this.build.text(this.#string())
    if (code === OPEN_OBJECT) return this.#object()
    if (code === OPEN_LIST) return this.#list()
    if (code === MINUS || isDigit(code)) return this.build.number(this.#number())
    if (code === 0x74) return this.#constant('true', true)
    if (code === 0x66) return this.#constant('false', false)
    if (code === 0x6e) return this.#constant('null', null)
    throw this.#unexpected('looking for beginning of value', END)
  }

  #object(): T {
    this.#enter()
    const entries: [string, T][] = []
    if (this.#next() === CLOSE_OBJECT) return this.#leave(this.build.object(entries))
    while (true) {
      if (this.#next() !== QUOTE) throw this.#unexpected('looking for beginning of object key string', END)
      const key = this.#string()
      if (this.#next() !== COLON) throw this.#unexpected('after object key', END)
      this.#at++
      entries.push([key, this.#value()])

      const code = this.#next()
      if (code === CLOSE_OBJECT) return this.#leave(this.build.object(entries))
      if (code !== COMMA) throw this.#unexpected('after object key:value pair', END)
      this.#at++
    }
  }

  #list(): T {
    this.#enter()
    const items: T[] = []
    if (this.#next() === CLOSE_LIST) return this.#leave(this.build.list(items))
    while (true) {
      items.push(this.#value())

      const code = this.#next()
      if (code === CLOSE_LIST) return this.#leave(this.build.list(items))
      if (code !== COMMA) throw this.#unexpected('after array element', END)
      this.#at++
    }
  }

  #string(): string {
    const { text } = this
    let start = ++this.#at
    let done = ''
    while (true) {
      const code = text.charCodeAt(this.#at)
      if (code === QUOTE) {
        done += text.slice(start, this.#at++)
        return wellFormed(done)
      }
      if (code === BACKSLASH) {
        done += text.slice(start, this.#at) + this.#escape()
        start = this.#at
      } else if (code >= 0x20) {
        this.#at++
      } else {
        throw this.#unexpected('in string literal', END) // a control character, or the end
      }
    }
  }

  #escape(): string {
    const letter = this.text[++this.#at]
    if (letter === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        this.#at++
        if (!HEX_DIGIT.test(this.text[this.#at] ?? ' ')) throw this.#unexpected('in \\u hexadecimal character escape')
      }
      this.#at++
      return String.fromCharCode(Number.parseInt(this.text.slice(this.#at - 4, this.#at), 16))
    }
    const character = letter === undefined ? undefined : ESCAPES[letter]
    if (character === undefined) throw this.#unexpected('in string escape code')
    this.#at++
    return character
  }

  #number(): string {
    const start = this.#at
    if (this.text.charCodeAt(this.#at) === MINUS) this.#at++
    if (this.text.charCodeAt(this.#at) === ZERO) this.#at++
    else this.#digits('in numeric literal')
    if (this.text.charCodeAt(this.#at) === POINT) {
      this.#at++
      this.#digits('after decimal point in numeric literal')
    }
    if (this.text[this.#at] === 'e' || this.text[this.#at] === 'E') {
      this.#at++
      if (this.text[this.#at] === '+' || this.text[this.#at] === '-') this.#at++
      this.#digits('in exponent of numeric literal')
    }
    return this.text.slice(start, this.#at)
  }

  #digits(context: string): void {
    if (!isDigit(this.text.charCodeAt(this.#at))) throw this.#unexpected(context)
    while (isDigit(this.text.charCodeAt(this.#at))) this.#at++
  }

  #constant(word: string, value: true | false | null): T {
    for (const letter of word) {
      if (this.text[this.#at] !== letter) throw this.#unexpected(`in literal ${word} (expecting '${letter}')`)
      this.#at++
    }
    return this.build.constant(value)
  }

  /** The next character that is not space, still to be read. */
  #next(): number {
    this.#skipSpace()
    return this.text.charCodeAt(this.#at)
  }

  #skipSpace(): void {
    while (true) {
      const code = this.text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #enter(): void {
    this.#at++
    if (++this.#depth > this.maxDepth) throw this.#error('exceeded max depth')
  }

  #leave(value: T): T {
    this.#at++
    this.#depth--
    return value
  }

  /** Inside a token the end of the text reads as a space, as in Go; between tokens it has a message of its own. */
  #unexpected(context: string, atEnd?: string): InputError {
    if (this.#at >= this.text.length && atEnd !== undefined) return this.#error(atEnd)
    return this.#error(`invalid character ${quoteCharacter(this.text, this.#at)} ${context}`)
  }

  #error(message: string): InputError {
    return new InputError('INPUT_JSON', message, { details: { offset: this.#at } })
  }
}

const HEX_DIGIT = /^[0-9a-fA-F]$/

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/** Go names the first byte of what it did not expect, as if it were a character. */
function quoteCharacter(text: string, at: number): string {
  const point = at < text.length ? (text.codePointAt(at) as number) : 0x20
  if (point === 0x27) return `'\\''`
  if (point === 0x22) return `'"'`
  if (point === 0x5c) return `'\\\\'`
  const byte = point < 0x80 ? point : (new TextEncoder().encode(String.fromCodePoint(point))[0] as number)
  const short = SHORT_ESCAPES[byte]
  if (short !== undefined) return `'${short}'`
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`
  return `'${String.fromCharCode(byte)}'`
}

const SHORT_ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
}
