import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import type { Identity } from '../chain/identity.js'
import { createIdentity, loadVerifier, type Verify } from '../chain/keys.js'
import type { Twin } from '../chain/port.js'
import { utf8, utf8Text } from '../core/bytes.js'
import { systemClock } from '../core/clock.js'
import type { RmbError } from '../errors/rmb.js'
import { AnsweredRequests } from './answered.js'
import { Author } from './author.js'
import { decrypt, KeyAgreement } from './crypto.js'
import { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.js'
import { createPeer, type Peer, type PeerOptions, route } from './peer.js'
import { isSignedBy, signEnvelope } from './signature.js'

const ASKER = 1
const NODE = 2

let verifier: Verify
let asker: Identity
let node: Identity
let stranger: Identity
let twins: Map<number, Twin>

/** A peer with the frames it answered and the problems it had. */
interface Rig {
  readonly peer: Peer
  readonly answers: Uint8Array[]
  readonly problems: RmbError[]
  readonly executed: string[]
  deliver(frame: Uint8Array): void
  /** The nth answer, when it is there. */
  answer(n?: number): Promise<Envelope>
}

beforeAll(async () => {
  verifier = await loadVerifier()
  asker = await createIdentity('0a'.repeat(32))
  node = await createIdentity('0b'.repeat(32))
  stranger = await createIdentity('0c'.repeat(32))
})

beforeEach(() => {
  twins = new Map([
    [ASKER, { id: ASKER, account: asker.address, relay: 'r', pk: new KeyAgreement(asker).publicKey }],
    [NODE, { id: NODE, account: node.address, relay: 'r', pk: new KeyAgreement(node).publicKey }],
  ])
})

function rig(options: Partial<PeerOptions> = {}): Rig {
  const answers: Uint8Array[] = []
  const problems: RmbError[] = []
  const executed: string[] = []
  let deliver: (frame: Uint8Array) => void = () => {}
  let wake = () => {}
  const peer = createPeer({
    twinId: NODE,
    identity: node,
    verifier,
    twins: id => twins.get(id),
    handler: async (command, payload, source) => {
      executed.push(command)
      return JSON.stringify({ command, payload, source })
    },
    attach: take => {
      deliver = take
      return {
        send: frame => {
          answers.push(frame)
          wake()
        },
        detach: () => {},
      }
    },
    onProblem: problem => {
      problems.push(problem)
      wake()
    },
    ...options,
  })
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  return {
    peer,
    answers,
    problems,
    executed,
    deliver: frame => deliver(frame),
    answer: async (n = 0) => {
      await until(() => answers.length > n)
      return decodeEnvelope(answers[n] as Uint8Array)
    },
  }
}

function request(change: Partial<Envelope> = {}, payload = '{"a":1}', signer?: Identity): Uint8Array {
  const author = new Author({ twinId: ASKER, sessionId: 's1', identity: asker, clock: systemClock })
  const envelope = author.write({
    uid: 'u1',
    to: { twin: NODE },
    message: { kind: 'request', command: 'zos.system.version' },
    expirationSeconds: 20,
    payload: author.seal(payload, twins.get(NODE) as Twin, twins.get(ASKER)),
  })
  return encodeEnvelope(signEnvelope({ ...envelope, ...change }, signer ?? asker))
}

function textOf(answer: Envelope): string {
  if (answer.payload?.kind !== 'cipher') return utf8Text(answer.payload?.bytes ?? new Uint8Array())
  const key = new KeyAgreement(asker).with(new KeyAgreement(node).publicKey, NODE)
  return utf8Text(decrypt(answer.payload.bytes, key))
}

describe('an answering peer', () => {
  it('answers as the peer client wants it: same uid, to the session that asked, signed, encrypted', async () => {
    const { deliver, answer } = rig()
    deliver(request())
    const reply = await answer()
    expect(reply).toMatchObject({
      uid: 'u1',
      source: { twin: NODE },
      destination: { twin: ASKER, connection: 's1' },
      message: { kind: 'response' },
      schema: 'application/json',
      expiration: 300n,
      payload: { kind: 'cipher' },
    })
    expect(isSignedBy(reply, node.address, verifier)).toBe(true)
    expect(JSON.parse(textOf(reply))).toEqual({ command: 'zos.system.version', payload: '{"a":1}', source: ASKER })
  })

  it('answers in plain text whoever has no key', async () => {
    twins.set(ASKER, { id: ASKER, account: asker.address })
    const { deliver, answer } = rig()
    deliver(request({ payload: { kind: 'plain', bytes: utf8('5') } }))
    expect((await answer()).payload?.kind).toBe('plain')
  })

  it('gives a handler without arguments an empty text, and a void answer is null', async () => {
    const { deliver, answer } = rig({ handler: async (_command, payload) => payload })
    deliver(request({}, ''))
    expect(textOf(await answer())).toBe('null')
  })

  it('answers what a handler throws as an error of code 0', async () => {
    const { deliver, answer } = rig({
      handler: async () => {
        throw new Error('deployment is not found')
      },
    })
    deliver(request())
    const reply = await answer()
    expect(reply.message).toEqual({ kind: 'error', code: 0, message: 'deployment is not found' })
    expect(isSignedBy(reply, node.address, verifier)).toBe(true)
  })

  it('does not know a function that nobody registered, whatever its name', async () => {
    const handler = route({ 'zos.system.version': async () => '"3.14"' })
    const { deliver, answer } = rig({ handler })
    const names = ['zos.system.reboot', 'constructor', '__proto__', 'zos.system.version']
    for (const [i, command] of names.entries()) {
      deliver(request({ uid: `u${i}`, message: { kind: 'request', command } }))
      const reply = await answer(i)
      if (command === 'zos.system.version') expect(textOf(reply)).toBe('"3.14"')
      else expect(reply.message).toEqual({ kind: 'error', code: 0, message: 'function is not found' })
    }
  })

  it.each<[string, () => Uint8Array, string]>([
    ['signed by another key', () => request({}, '1', stranger), 'invalid signature'],
    ['of an unknown twin', () => request({ source: { twin: 77 } }), 'unknown twin 77'],
    [
      'of another schema',
      () => request({ schema: 'text/plain' }),
      "invalid schema 'text/plain', 'application/json' is expected",
    ],
    [
      'encrypted for someone else',
      () => request({ payload: { kind: 'cipher', bytes: new Uint8Array(40) } }),
      'the payload was encrypted for another key, or was changed on its way',
    ],
    [
      'that is no text',
      () => request({ payload: { kind: 'plain', bytes: Uint8Array.of(0xff) } }),
      'the payload is not UTF-8 text',
    ],
  ])('says what is wrong with a request %s, and executes nothing', async (_what, frame, message) => {
    const { deliver, answer, executed } = rig()
    deliver(frame())
    expect((await answer()).message).toEqual({ kind: 'error', code: 0, message })
    expect(executed).toEqual([])
  })

  it.each<[string, () => Uint8Array]>([
    ['for another twin', () => request({ destination: { twin: 9 } })],
    ['that has expired', () => request({ timestamp: 1n })],
    ['that is garbage', () => Uint8Array.of(0xff, 1, 2)],
  ])('has a problem with a frame %s, and answers nothing', async (_what, frame) => {
    const { deliver, problems, answer, answers } = rig()
    deliver(frame())
    deliver(request())
    await answer()
    expect(problems).toHaveLength(1)
    expect(answers).toHaveLength(1)
  })

  it.each<[string, Partial<Envelope>]>([
    ['a response', { message: { kind: 'response' } }],
    ['an error', { message: { kind: 'error', code: 0, message: 'x' } }],
    ['a pong', { message: { kind: 'pong' } }],
  ])('leaves %s alone', async (_what, change) => {
    const { deliver, answer, answers } = rig()
    deliver(request(change))
    deliver(request())
    await answer()
    expect(answers).toHaveLength(1)
  })

  it('can be made to sign with another key', async () => {
    const { deliver, answer } = rig({ signer: () => stranger })
    deliver(request())
    expect(isSignedBy(await answer(), stranger.address, verifier)).toBe(true)
  })

  it('is silent once it is closed', async () => {
    const { deliver, peer, answers, executed } = rig()
    deliver(request())
    peer.close()
    peer.close()
    deliver(request({ uid: 'u2' }))
    await new Promise(resolve => setImmediate(resolve))
    expect(answers).toEqual([])
    expect(executed.length).toBeLessThanOrEqual(1)
  })

  it('takes any bytes', async () => {
    const { deliver, problems } = rig()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async bytes => {
        deliver(bytes)
      }),
      { numRuns: 500 },
    )
    const valid = request()
    await fc.assert(
      fc.asyncProperty(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        deliver(valid.map((b, i) => (i === at ? byte : b)))
      }),
      { numRuns: 300 },
    )
    for (const problem of problems) expect(problem.code).toBe('RMB_ENVELOPE')
  })
})

describe('a request that comes again', () => {
  it('gets the same answer again and is not executed twice', async () => {
    const { deliver, answer, answers, executed } = rig()
    deliver(request())
    await answer()
    deliver(request())
    await answer(1)
    expect(answers[1]).toEqual(answers[0])
    expect(executed).toHaveLength(1)
  })

  it('while it is being executed is answered once', async () => {
    let finish = (_text: string) => {}
    const { deliver, answer, answers } = rig({
      handler: () =>
        new Promise(resolve => {
          finish = resolve
        }),
    })
    deliver(request())
    deliver(request())
    await new Promise(resolve => setImmediate(resolve))
    finish('1')
    await answer()
    expect(answers).toHaveLength(1)
  })

  it('from another session or with another uid is another request', async () => {
    const { deliver, answer, executed } = rig()
    deliver(request())
    deliver(request({ uid: 'u2' }))
    deliver(request({ source: { twin: ASKER, connection: 's2' } }))
    await answer(2)
    expect(executed).toHaveLength(3)
  })

  it('after it was refused for lack of room is executed', async () => {
    const finish: (() => void)[] = []
    const handler = () => new Promise<string>(resolve => finish.push(() => resolve('1')))
    const { deliver, answer } = rig({ handler, maxConcurrent: 1, maxWaiting: 0 })
    deliver(request())
    deliver(request({ uid: 'u2' }))
    expect((await answer()).message).toMatchObject({ message: 'too many requests are under way' })
    finish[0]?.()
    await answer(1)
    deliver(request({ uid: 'u2' }))
    while (finish.length < 2) await new Promise(resolve => setImmediate(resolve))
    finish[1]?.()
    expect((await answer(2)).message).toEqual({ kind: 'response' })
  })
})

describe('the memory of answered requests', () => {
  const frame = new Uint8Array(100)

  it('is bounded in number and bytes, and forgets the oldest', () => {
    for (const options of [
      { maxEntries: 10, maxBytes: 1e9 },
      { maxEntries: 1e9, maxBytes: 1000 },
    ]) {
      const memory = new AnsweredRequests(options)
      for (let i = 0; i < 1000; i++) {
        memory.begin(`${i}`, 0, 100)
        memory.finish(`${i}`, frame, 0)
        expect(memory.size).toBeLessThanOrEqual(10)
        expect(memory.bytes).toBeLessThanOrEqual(1000)
      }
      expect(memory.begin('999', 0, 100)).toEqual({ kind: 'answered', frame })
      expect(memory.begin('0', 0, 100)).toEqual({ kind: 'new' })
    }
  })

  it('forgets what has expired, never what is running', () => {
    const memory = new AnsweredRequests({ maxEntries: 2, maxBytes: 1e9 })
    memory.begin('running', 0, 1)
    memory.begin('done', 0, 10)
    memory.finish('done', frame, 0)
    expect(memory.begin('done', 10, 20)).toEqual({ kind: 'new' })
    for (let i = 0; i < 10; i++) memory.begin(`${i}`, 50, 60)
    expect(memory.begin('running', 50, 60)).toEqual({ kind: 'running' })
    expect(memory.bytes).toBe(0)
  })
})
