/** Both parsers, given what nobody should send. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { isHyphaeError } from '../../../errors/base.js'
import { encodeRequest } from './encode-request.js'
import { encodeReply, type Reply } from './reply.js'
import { ReplyParser } from './reply-parser.js'
import { type Parsed, RequestParser } from './request-parser.js'

/** Cuts bytes into chunks of the sizes given, over and over. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number
    yield bytes.slice(at, at + size)
    at += size
  }
}

function requestsOf(bytes: Uint8Array, sizes: readonly number[]): Parsed[] {
  const parser = new RequestParser()
  const found: Parsed[] = []
  for (const chunk of cut(bytes, sizes)) {
    parser.push(chunk)
    for (let one = parser.next(); one !== undefined; one = parser.next()) {
      found.push(one)
      if (one.kind === 'broken') return found
    }
  }
  return found
}

function repliesOf(bytes: Uint8Array, sizes: readonly number[]): (Reply | string)[] {
  const parser = new ReplyParser({ mostReplyBytes: 10_000, mostItems: 100 })
  const found: (Reply | string)[] = []
  try {
    for (const chunk of cut(bytes, sizes)) {
      parser.push(chunk)
      for (let one = parser.next(); one !== undefined; one = parser.next()) found.push(one)
    }
  } catch (error) {
    if (!isHyphaeError(error) || error.code !== 'ZDB_PROTOCOL') throw error
    found.push(error.message)
  }
  return found
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })
const bytes = fc.uint8Array({ maxLength: 200 })

/** Bytes that look like the protocol more often than chance would make them. */
const nearly = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '*',
        '$',
        '+',
        '-',
        ':',
        '\r\n',
        '\n',
        '\r',
        '-1',
        '0',
        '1',
        '3',
        '8388609',
        '99999999999999999999',
      ),
      fc.constantFrom('*1\r\n', '*2\r\n$3\r\nGET\r\n', '$5\r\nhello\r\n', '*0\r\n', '$-1\r\n', '*-1\r\n', ':7\r\n'),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 20 },
  )
  .map(parts => Buffer.from(parts.join(''), 'latin1') as Uint8Array)

const reply: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>(tie => ({
  reply: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'reply' },
    fc.record({ kind: fc.constant('simple' as const), text: fc.stringMatching(/^[ -~]{0,20}$/) }),
    fc.record({ kind: fc.constant('error' as const), text: fc.stringMatching(/^[ -~]{0,20}$/) }),
    fc.record({ kind: fc.constant('integer' as const), value: fc.integer() }),
    fc.constant({ kind: 'nil' as const }),
    fc.record({ kind: fc.constant('bulk' as const), bytes }),
    fc.record({
      kind: fc.constant('array' as const),
      items: fc.array(tie('reply'), { maxLength: 4, depthIdentifier: 'reply' }),
    }),
  ),
})).reply

describe('the parser of requests', () => {
  it('reads what a client writes, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(bytes, { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
        sizes,
        (requests, cuts) => {
          const sent = Buffer.concat(requests.flatMap(args => encodeRequest(args)))
          const read = requestsOf(sent, cuts)
          expect(read).toEqual(requests.map(args => ({ kind: 'request', args: args.map(arg => Buffer.from(arg)) })))
        },
      ),
    )
  })

  it.each([
    ['any bytes', bytes],
    ['nearly the protocol', nearly],
  ])('comes to the same result for %s, however they are cut', (_, input) => {
    fc.assert(
      fc.property(input, sizes, (sent, cuts) => {
        expect(requestsOf(sent, cuts)).toEqual(requestsOf(sent, [1000]))
      }),
      { numRuns: 3000 },
    )
  })

  it('says nothing more after what it could not read', () => {
    const parser = new RequestParser()
    parser.push(Buffer.from('PING\r\n*1\r\n$4\r\nPING\r\n'))
    expect(parser.next()).toEqual({ kind: 'broken', text: 'Malformed request, array expected' })
    expect(parser.next()).toEqual({ kind: 'broken', text: 'Malformed request, array expected' })
  })

  it('takes one request of many values for no more than one value', () => {
    const parser = new RequestParser()
    const value = Buffer.alloc(8 * 1024 * 1024)
    const head = Buffer.from(`$${value.length}\r\n`)
    parser.push(Buffer.concat([Buffer.from('*4\r\n'), head, value, Buffer.from('\r\n')]))
    expect(parser.next()).toBeUndefined()
    expect(parser.pendingBytes).toBe(value.length)
    parser.push(head)
    expect(parser.next()).toEqual({ kind: 'broken', text: 'Payload too big' })
  })
})

describe('the parser of answers', () => {
  it('reads what a server writes, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 4 }), sizes, (replies, cuts) => {
        const parts: Uint8Array[] = []
        for (const one of replies) encodeReply(one, parts)
        const plain = (one: Reply | string): unknown =>
          typeof one === 'string' || (one.kind !== 'bulk' && one.kind !== 'array')
            ? one
            : one.kind === 'bulk'
              ? Buffer.from(one.bytes).toString('hex')
              : one.items.map(plain)
        expect(repliesOf(Buffer.concat(parts), cuts).map(plain)).toEqual(replies.map(plain))
      }),
    )
  })

  it.each([
    ['any bytes', bytes],
    ['nearly the protocol', nearly],
  ])('comes to the same result for %s, however they are cut', (_, input) => {
    fc.assert(
      fc.property(input, sizes, (sent, cuts) => {
        expect(repliesOf(sent, cuts)).toEqual(repliesOf(sent, [1000]))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['an answer larger than is allowed', '$10001\r\n'],
    ['more items than are allowed', '*101\r\n'],
    ['arrays in arrays in arrays', '*1\r\n'.repeat(5)],
    ['arrays of arrays that are many together', `*50\r\n*50\r\n*50\r\n`],
    ['a length below -1', '$-2\r\n'],
    ['a number that is none', ':1x\r\n'],
    ['a line without end', `+${'x'.repeat(9000)}`],
    ['a payload that is longer than it says', '$1\r\nab\r\n'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n'],
  ])('refuses %s', (_, sent) => {
    const found = repliesOf(Buffer.from(sent), [7])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^the 0-DB sent /)
  })
})
