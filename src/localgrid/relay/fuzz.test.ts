import { once } from 'node:events'
import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import WebSocket from 'ws'

import { type RelayRig, relayRig } from '../../../test/support/relay-rig.js'
import { utf8 } from '../../core/bytes.js'
import { encodeEnvelope } from '../../rmb/envelope.js'
import { makeToken } from '../../rmb/token.js'

const ME = 2
const NODE = 3
const port = () => Number(new URL(rig.running.url).port)

let rig: RelayRig
let executed = 0

beforeAll(async () => {
  rig = await relayRig()
  await rig.twin(ME)
  await rig.peer(NODE, {
    handler: async () => {
      executed++
      return '1'
    },
  })
})
afterAll(() => rig.close())

async function stillServes(): Promise<void> {
  const rmb = await rig.client(ME)
  expect(await rmb.request({ twinId: NODE, command: 'c', timeoutMs: 5_000 })).toBe('1')
  await rmb.close()
}

/** Sends bytes over TCP and waits until the other side has ended the connection, or ends it itself. */
async function pour(...chunks: Uint8Array[]): Promise<void> {
  const socket = connect(port(), '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  for (const chunk of chunks) socket.write(chunk)
  socket.end()
  await once(socket, 'close')
}

async function token(): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return makeToken(await rig.twin(ME), { sub: ME, iat, exp: iat + 600, sid: 'fuzz' })
}

describe('the relay port', () => {
  it('survives any bytes', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 })
    await fc.assert(
      fc.asyncProperty(bytes, chunk => pour(chunk)),
      { numRuns: 150 },
    )
    await stillServes()
  })

  it('survives requests that look like HTTP', async () => {
    const word = fc.string({ unit: 'grapheme-ascii', maxLength: 30 })
    const request = fc
      .tuple(fc.constantFrom('GET', 'POST', 'OPTIONS', 'BREW'), word, fc.array(fc.tuple(word, word), { maxLength: 5 }))
      .map(([method, target, headers]) =>
        utf8(
          `${method} /${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
            `sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n` +
            `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
        ),
      )
    await fc.assert(
      fc.asyncProperty(request, text => pour(text)),
      { numRuns: 150 },
    )
    await stillServes()
  })

  it('survives any WebSocket frames behind a good token', async () => {
    const hello = utf8(
      `GET /?${await token()} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
    )
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(bytes, chunk => pour(hello, chunk)),
      { numRuns: 100 },
    )
    await stillServes()
  })

  it('survives any messages, and damaged envelopes execute nothing', async () => {
    const before = executed
    const valid = encodeEnvelope({
      uid: 'u',
      timestamp: BigInt(Math.floor(Date.now() / 1000)),
      expiration: 60n,
      source: { twin: ME, connection: 'fuzz' },
      destination: { twin: NODE },
      message: { kind: 'request', command: 'c' },
      signature: new Uint8Array(65).fill(0x73),
      schema: 'application/json',
      payload: { kind: 'plain', bytes: utf8('{}') },
      relays: [],
    })
    const damaged = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
      .map(changes => {
        const frame = valid.slice()
        for (const [at, byte] of changes) frame[at] = byte
        return frame
      })
    const messages = fc.array(fc.oneof(damaged, damaged, fc.uint8Array({ maxLength: 100 })), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(messages, async frames => {
        const socket = new WebSocket(`${rig.running.url}?${await token()}`)
        socket.on('error', () => {})
        await once(socket, 'open')
        for (const frame of frames) socket.send(frame)
        socket.close()
        await once(socket, 'close')
      }),
      { numRuns: 80 },
    )
    expect(executed).toBe(before)
    await stillServes()
  })

  it('keeps what it keeps within bounds', async () => {
    await rig.twin(9)
    const socket = new WebSocket(`${rig.running.url}?${await token()}`)
    await once(socket, 'open')
    const frame = encodeEnvelope({
      uid: 'u',
      timestamp: 1n,
      expiration: 600n,
      source: { twin: ME, connection: 'fuzz' },
      destination: { twin: 9 },
      message: { kind: 'request', command: 'c' },
      payload: { kind: 'plain', bytes: new Uint8Array(2 * 1024 * 1024) },
      relays: [],
    })
    // Errors come back once the mailbox of the offline twin is full.
    const full = once(socket, 'message')
    for (let i = 0; i < 40; i++) socket.send(frame)
    await full
    expect(rig.running.stats().queuedBytes).toBeLessThanOrEqual(64 * 1024 * 1024)
    socket.terminate()
    await stillServes()
  })
})
