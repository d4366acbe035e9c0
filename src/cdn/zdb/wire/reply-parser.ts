/** The client's side of RESP2. Strict: a server that breaks the form is not believed any further. */
import { ZdbError } from '../../../errors/zdb.js'
import { MOST_LINE_BYTES } from '../limits.js'
import { NIL, type Reply } from './reply.js'
import { RespInput, readNumber } from './resp-input.js'

export interface ReplyLimits {
  /** All bytes of one answer. */
  readonly mostReplyBytes: number
  readonly mostItems: number
}

export const REPLY_LIMITS: ReplyLimits = { mostReplyBytes: 64 * 1024 * 1024, mostItems: 1_000_000 }

/** 0-DB nests three deep: SCAN is a pair, of a list, of entries. */
const MOST_DEPTH = 4
/** What an item of an array costs in memory, beside its bytes. */
const ITEM_BYTES = 16

interface Open {
  readonly items: Reply[]
  readonly expected: number
}

export class ReplyParser {
  readonly #input = new RespInput()
  readonly #open: Open[] = []
  #length = -1
  #bytes = 0
  #items = 0

  constructor(readonly limits: ReplyLimits = REPLY_LIMITS) {}

  /** Gives more input. Everything before must have been taken with `next`. */
  push(chunk: Uint8Array): void {
    this.#input.push(chunk)
  }

  /** The next answer, or undefined until more input comes. @throws {ZdbError} ZDB_PROTOCOL */
  next(): Reply | undefined {
    while (true) {
      const one = this.#one()
      if (one === undefined) return undefined
      if (one === 'opened') continue
      const whole = this.#close(one)
      if (whole !== undefined) {
        this.#bytes = 0
        this.#items = 0
        return whole
      }
    }
  }

  /** Puts an answer into the array it belongs to; gives back what is complete by it. */
  #close(reply: Reply): Reply | undefined {
    let done = reply
    while (true) {
      const parent = this.#open.at(-1)
      if (parent === undefined) return done
      parent.items.push(done)
      if (parent.items.length < parent.expected) return undefined
      this.#open.pop()
      done = { kind: 'array', items: parent.items }
    }
  }

  #one(): Reply | 'opened' | undefined {
    if (this.#length === -1) {
      const line = this.#input.line(MOST_LINE_BYTES)
      if (line === undefined) return undefined
      if (line === 'long') throw broken(`a line of more than ${MOST_LINE_BYTES} bytes`)
      this.#count(line.length)
      const simple = this.#header(line)
      if (simple !== undefined) return simple
    }
    const run = this.#input.run(this.#length + 2)
    if (run === undefined) return undefined
    if (run[this.#length] !== 0x0d || run[this.#length + 1] !== 0x0a)
      throw broken('a payload of another length than announced')
    const bytes = run.subarray(0, this.#length)
    this.#length = -1
    return { kind: 'bulk', bytes }
  }

  /** Undefined when a payload follows. */
  #header(line: Buffer): Reply | 'opened' | undefined {
    const kind = String.fromCharCode(line[0] ?? 0)
    if (kind === '+') return { kind: 'simple', text: line.toString('utf8', 1) }
    if (kind === '-') return { kind: 'error', text: line.toString('utf8', 1) }
    const number = ':$*'.includes(kind) ? readNumber(line, 1) : undefined
    if (number === undefined) throw broken(`a line that begins with ${JSON.stringify(line.toString('latin1', 0, 16))}`)
    if (kind === ':') return { kind: 'integer', value: number }
    if (number === -1) return NIL
    if (number < 0) throw broken(`a length of ${number}`)
    if (kind === '$') {
      this.#count(number)
      this.#length = number
      return undefined
    }
    if (this.#open.length >= MOST_DEPTH) throw broken(`arrays more than ${MOST_DEPTH} deep`)
    this.#items += number
    if (this.#items > this.limits.mostItems) throw broken(`more than ${this.limits.mostItems} items`)
    this.#count(number * ITEM_BYTES)
    if (number === 0) return { kind: 'array', items: [] }
    this.#open.push({ items: [], expected: number })
    return 'opened'
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.limits.mostReplyBytes)
      throw broken(`an answer of more than ${this.limits.mostReplyBytes} bytes`)
  }
}

function broken(what: string): ZdbError {
  return new ZdbError('ZDB_PROTOCOL', `the 0-DB sent ${what}`, { hint: 'is this the address of a 0-DB?' })
}
