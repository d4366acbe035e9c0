import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { FakeRelay } from '../../test/support/fake-relay.js'
import type { Identity } from '../chain/identity.js'
import { createIdentity, loadVerifier, type Verify } from '../chain/keys.js'
import type { Twin } from '../chain/port.js'
import { utf8 } from '../core/bytes.js'
import { RmbError } from '../errors/rmb.js'
import type { Message as HostMessage } from '../events/host.js'
import { createRmb, type RmbClient, type RmbOptions } from './client.js'
import { encrypt, KeyAgreement } from './crypto.js'
import { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.js'
import { signEnvelope } from './signature.js'
import { parseToken } from './token.js'

const ME = 1
const NODE = 2
const relayUrl = 'ws://127.0.0.1:1'

let verifier: Verify
let me: Identity
let node: Identity
let stranger: Identity
let twins: Map<number, Twin>
let relay: FakeRelay
let reads: number[]

beforeAll(async () => {
  verifier = await loadVerifier()
  me = await createIdentity('0a'.repeat(32))
  node = await createIdentity('0b'.repeat(32), 'ed25519')
  stranger = await createIdentity('0c'.repeat(32))
})

beforeEach(() => {
  twins = new Map([
    [ME, { id: ME, account: me.address, relay: 'r', pk: new KeyAgreement(me).publicKey }],
    [NODE, { id: NODE, account: node.address, relay: 'r', pk: new KeyAgreement(node).publicKey }],
  ])
  reads = []
  relay = new FakeRelay()
  relay.onRequest = frame => relay.say(answer(frame))
})

function client(options: Partial<RmbOptions> = {}): RmbClient {
  return createRmb({
    relayUrl,
    twinId: ME,
    identity: me,
    verifier,
    transport: relay.transport,
    refusalGraceMs: 60,
    twins: async id => {
      reads.push(id)
      return twins.get(id)
    },
    ...options,
  })
}

/** What the node answers: an echo, encrypted like a real one. */
function answer(frame: Uint8Array, change: Partial<Envelope> = {}, signer: Identity = node): Uint8Array {
  const request = decodeEnvelope(frame)
  const key = new KeyAgreement(node).with(new KeyAgreement(me).publicKey, ME)
  const text = request.message?.kind === 'request' ? request.message.command : ''
  const reply: Envelope = {
    uid: request.uid,
    timestamp: request.timestamp,
    expiration: 300n,
    source: { twin: NODE },
    ...(request.source === undefined ? {} : { destination: request.source }),
    message: { kind: 'response' },
    schema: 'application/json',
    payload: { kind: 'cipher', bytes: encrypt(utf8(JSON.stringify(text)), key) },
    relays: [],
    ...change,
  }
  return encodeEnvelope(signEnvelope(reply, signer))
}

const ask = (rmb: RmbClient, options: Partial<Parameters<RmbClient['request']>[0]> = {}) =>
  rmb.request({ twinId: NODE, command: 'zos.system.version', timeoutMs: 5_000, ...options })

const first = () => decodeEnvelope(relay.requests[0] as Uint8Array)

describe('a request', () => {
  it('is answered with the text the node sent', async () => {
    expect(await ask(client())).toBe('"zos.system.version"')
  })

  it('goes out signed, encrypted and valid for as long as its caller listens', async () => {
    await ask(client({ sessionId: 'abc' }), { payload: '{"x":1}', timeoutMs: 4_200 })
    const sent = first()
    expect(sent).toMatchObject({
      expiration: 5n,
      source: { twin: ME, connection: 'abc' },
      destination: { twin: NODE },
      message: { kind: 'request', command: 'zos.system.version' },
      schema: 'application/json',
      payload: { kind: 'cipher' },
    })
    expect(sent.payload?.bytes).toHaveLength(12 + 7 + 16)
    expect(sent.signature).toHaveLength(65)
  })

  it.each<[string, () => void, string]>([
    ['there is nothing to hide', () => {}, ''],
    ['the node has no key', () => twins.set(NODE, { id: NODE, account: node.address }), '{}'],
    ['we have no key on chain', () => twins.set(ME, { id: ME, account: me.address }), '{}'],
    [
      'the key on chain is not ours',
      () => twins.set(ME, { id: ME, account: me.address, pk: new KeyAgreement(stranger).publicKey }),
      '{}',
    ],
  ])('goes out in plain text when %s', async (_why, arrange, payload) => {
    arrange()
    relay.onRequest = frame => relay.say(answer(frame, { payload: { kind: 'plain', bytes: utf8('7') } }))
    expect(await ask(client(), { payload })).toBe('7')
    expect(first().payload).toEqual({ kind: 'plain', bytes: utf8(payload) })
  })

  it('whose answer is void is answered with null', async () => {
    relay.onRequest = frame => relay.say(answer(frame, { payload: { kind: 'plain', bytes: new Uint8Array() } }))
    expect(await ask(client())).toBe('null')
  })

  it('fails with the words of the node', async () => {
    const message = { kind: 'error', code: 0, message: 'deployment is not found' } as const
    relay.onRequest = frame => relay.say(answer(frame, { message, payload: { kind: 'plain', bytes: utf8('null') } }))
    await expect(ask(client())).rejects.toMatchObject({
      code: 'RMB_REMOTE',
      message: 'zos.system.version of twin 2: the answer is an error: deployment is not found',
      details: { remoteCode: 0, remoteMessage: 'deployment is not found', from: 'twin' },
    })
  })

  it('fails with the words of the relay, which signs nothing', async () => {
    relay.onRequest = frame => {
      const { uid, source } = decodeEnvelope(frame)
      const message = { kind: 'error', code: 0, message: 'destination offline' } as const
      relay.sayEnvelope({ uid, timestamp: 1n, expiration: 300n, destination: source as never, message, relays: [] })
    }
    await expect(ask(client())).rejects.toMatchObject({
      code: 'RMB_REMOTE',
      details: { remoteMessage: 'destination offline', from: 'relay' },
    })
  })

  it('to a twin that does not exist fails before anything is sent', async () => {
    await expect(ask(client(), { twinId: 99 })).rejects.toMatchObject({ code: 'RMB_TWIN' })
    expect(relay.tokens).toEqual([])
  })

  it('whose answer never comes fails at its deadline, which says what was waited for', async () => {
    relay.onRequest = () => {}
    await expect(ask(client(), { timeoutMs: 40 })).rejects.toMatchObject({
      code: 'DEADLINE',
      message: 'an answer to zos.system.version of twin 2 did not happen within 40 ms',
    })
  })

  it('whose answer never came makes the next one read the twin again', async () => {
    const rmb = client()
    relay.onRequest = () => {}
    await expect(ask(rmb, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'DEADLINE' })
    relay.onRequest = frame => relay.say(answer(frame))
    await ask(rmb)
    expect(reads.filter(id => id === NODE)).toHaveLength(2)
  })

  it('ends when its caller gives up, and a later answer is ignored', async () => {
    const stop = new AbortController()
    relay.onRequest = () => stop.abort()
    const rmb = client()
    await expect(ask(rmb, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(ask(rmb, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    relay.say(answer(relay.requests[0] as Uint8Array))
    relay.onRequest = frame => relay.say(answer(frame))
    expect(await ask(rmb)).toBe('"zos.system.version"')
  })

  it('shares its signal with many others without a warning', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const rmb = client()
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 60 }, () => ask(rmb, { signal })))
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  it.each<[string, Partial<Parameters<RmbClient['request']>[0]>]>([
    ['twin 0', { twinId: 0 }],
    ['half a twin', { twinId: 1.5 }],
    ['no command', { command: '' }],
    ['no time', { timeoutMs: 0 }],
    ['a time that is none', { timeoutMs: Number.NaN }],
    ['more time than a timer holds', { timeoutMs: 2 ** 40 }],
  ])('with %s is refused', async (_what, options) => {
    await expect(ask(client(), options)).rejects.toMatchObject({ code: 'INPUT_OPTION' })
  })
})

describe('an answer that is not the node’s', () => {
  it.each<[string, (frame: Uint8Array) => Uint8Array, RegExp]>([
    ['signed by another key', frame => answer(frame, {}, stranger), /is signed by another key/],
    [
      'changed on its way',
      frame => answer(frame).map((b, i, all) => (i === all.length - 1 ? b ^ 1 : b)),
      /another key/,
    ],
    ['unsigned', frame => unsigned(answer(frame)), /is not signed/],
    ['from another twin', frame => answer(frame, { source: { twin: 3 } }, stranger), /comes from twin 3/],
    ['for another twin', frame => answer(frame, { destination: { twin: 3 } }), /addressed to someone else/],
    ['from nobody', frame => withoutSource(answer(frame)), /names no sender/],
    ['an unsigned error', frame => unsigned(answer(frame, { message: error })), /is not signed/],
  ])('%s: a clear error after a short grace', async (_what, forge, reason) => {
    relay.onRequest = frame => relay.say(forge(frame))
    const started = performance.now()
    await expect(ask(client(), { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'RMB_SIGNATURE',
      message: expect.stringMatching(reason),
    })
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('does not keep out the true one that follows', async () => {
    relay.onRequest = frame => {
      for (let i = 0; i < 20; i++) relay.say(answer(frame, {}, stranger))
      relay.say(answer(frame))
    }
    expect(await ask(client())).toBe('"zos.system.version"')
    expect(reads.filter(id => id === NODE).length).toBeLessThanOrEqual(2)
  })

  it('is what a deadline before the end of the grace reports', async () => {
    relay.onRequest = frame => relay.say(answer(frame, {}, stranger))
    await expect(ask(client({ refusalGraceMs: 60_000 }), { timeoutMs: 80 })).rejects.toMatchObject({
      code: 'RMB_SIGNATURE',
    })
  })

  it('is reported although the chain does not answer when the twin is read again', async () => {
    relay.onRequest = frame => relay.say(answer(frame, {}, stranger))
    for (const again of [() => new Promise<never>(() => {}), () => Promise.reject(new Error('chain is gone'))]) {
      let calls = 0
      const twinsOnce = async (id: number) => (id === NODE && calls++ > 0 ? again() : twins.get(id))
      await expect(ask(client({ twins: twinsOnce }))).rejects.toMatchObject({ code: 'RMB_SIGNATURE' })
    }
  })

  it('was ours not to know: the twin is read again, once', async () => {
    const rmb = client()
    await ask(rmb)
    node = await createIdentity('0d'.repeat(32))
    twins.set(NODE, { id: NODE, account: node.address, pk: new KeyAgreement(node).publicKey })
    expect(await ask(rmb)).toBe('"zos.system.version"')
    expect(reads.filter(id => id === NODE)).toHaveLength(2)
  })

  it('that is encrypted for someone else is said to be', async () => {
    const payload = { kind: 'cipher', bytes: new Uint8Array(40) } as const
    relay.onRequest = frame => relay.say(answer(frame, { payload }))
    await expect(ask(client())).rejects.toMatchObject({ code: 'RMB_DECRYPT' })
  })

  it('that is no text is said to be none', async () => {
    relay.onRequest = frame => relay.say(answer(frame, { payload: { kind: 'plain', bytes: Uint8Array.of(0xff) } }))
    await expect(ask(client())).rejects.toMatchObject({ code: 'RMB_ENVELOPE' })
  })

  it('and cannot even be read is the cause of the deadline', async () => {
    relay.onRequest = () => relay.say(Uint8Array.of(0xff, 0xff))
    await expect(ask(client(), { timeoutMs: 40 })).rejects.toMatchObject({
      code: 'DEADLINE',
      cause: { code: 'RMB_ENVELOPE' },
    })
  })

  it('comes twice, late, or for nobody: nothing happens', async () => {
    const rmb = client()
    relay.onRequest = frame => {
      relay.say(answer(frame))
      relay.say(answer(frame))
      relay.say(answer(frame, { uid: 'nobody' }))
      relay.say(frame)
    }
    expect(await ask(rmb)).toBe('"zos.system.version"')
    relay.say(answer(relay.requests[0] as Uint8Array))
    expect(await ask(rmb)).toBe('"zos.system.version"')
  })
})

describe('many requests', () => {
  it('read a twin once', async () => {
    const rmb = client()
    await Promise.all(Array.from({ length: 100 }, () => ask(rmb, { payload: '1' })))
    expect(reads.sort()).toEqual([ME, NODE])
  })

  it('read it again after a while', async () => {
    let now = 1_000_000
    const clock = { now: () => now, sleep: async () => {} }
    const rmb = client({ clock, twinLifetimeMs: 1_000 })
    await ask(rmb)
    now += 999
    await ask(rmb)
    expect(reads.filter(id => id === NODE)).toHaveLength(1)
    now += 2
    await ask(rmb)
    expect(reads.filter(id => id === NODE)).toHaveLength(2)
  })

  it('take turns, and one too many is told so', async () => {
    const rmb = client({ maxInFlight: 2, maxWaiting: 1 })
    relay.onRequest = () => {}
    const [a, b, c] = ['a', 'b', 'c'].map(command => ask(rmb, { command }))
    await expect(ask(rmb, { command: 'd' })).rejects.toMatchObject({ code: 'RMB_BUSY' })
    await relay.until(r => r.requests.length === 2)

    relay.onRequest = frame => relay.say(answer(frame))
    relay.say(answer(relay.requests[1] as Uint8Array))
    expect(await b).toBe('"b"')
    expect(await c).toBe('"c"')
    relay.say(answer(relay.requests[0] as Uint8Array))
    expect(await a).toBe('"a"')
  })

  it('that wait for their turn end at their deadline and let the others pass', async () => {
    const rmb = client({ maxInFlight: 1 })
    relay.onRequest = () => {}
    const a = ask(rmb, { command: 'a' })
    await relay.until(r => r.requests.length === 1)
    await expect(ask(rmb, { command: 'b', timeoutMs: 30 })).rejects.toMatchObject({ code: 'DEADLINE' })
    relay.onRequest = frame => relay.say(answer(frame))
    const c = ask(rmb, { command: 'c' })
    relay.say(answer(relay.requests[0] as Uint8Array))
    expect([await a, await c]).toEqual(['"a"', '"c"'])
    expect(relay.requests).toHaveLength(2)
  })
})

describe('the connection', () => {
  const down = () => new RmbError('RMB_UNREACHABLE', 'down')

  it('is not opened before it is needed, and once for all', async () => {
    const rmb = client()
    expect(relay.tokens).toHaveLength(0)
    await Promise.all([rmb.connect(), rmb.connect(), ask(rmb), ask(rmb)])
    expect(relay.tokens).toHaveLength(1)
    expect(parseToken(relay.tokens[0] as string).claims.sub).toBe(ME)
  })

  it('that cannot be opened is told at once', async () => {
    for (const code of ['RMB_UNREACHABLE', 'RMB_UNAUTHORIZED'] as const) {
      relay.refusals.push(new RmbError(code, 'no'), new RmbError(code, 'no'))
      await expect(client().connect()).rejects.toMatchObject({ code })
      await expect(ask(client())).rejects.toMatchObject({ code })
    }
  })

  it('that hangs while it is opened ends at its deadline', async () => {
    const rmb = client({ connectTimeoutMs: 30, transport: () => new Promise(() => {}) })
    await expect(rmb.connect()).rejects.toMatchObject({ code: 'RMB_UNREACHABLE' })
  })

  it('that drops is opened again with another token, and what is unanswered is sent again as it was', async () => {
    const heard: HostMessage[] = []
    let nowMs = Date.now()
    const clock = { now: () => nowMs, sleep: async () => {} }
    const rmb = client({ clock, host: { notify: message => heard.push(message) } })
    relay.onRequest = () => {
      nowMs += 5_000
      relay.drop()
      relay.refusals.push(down(), down())
      relay.onRequest = frame => relay.say(answer(frame))
    }
    expect(await ask(rmb)).toBe('"zos.system.version"')
    expect(relay.requests).toHaveLength(2)
    expect(relay.requests[1]).toEqual(relay.requests[0])
    expect(relay.tokens).toHaveLength(4)
    expect(relay.tokens[3]).not.toBe(relay.tokens[0])
    expect(heard).toMatchObject([{ code: 'RMB_RECONNECTED', data: { attempts: 3, resent: 1 } }])
  })

  it('that drops does not send again what must not be, and still takes its answer', async () => {
    const rmb = client()
    relay.onRequest = () => relay.drop()
    const answered = ask(rmb, { resend: 'never' })
    await relay.until(r => r.tokens.length === 2 && r.connected)
    relay.say(answer(relay.requests[0] as Uint8Array))
    expect(await answered).toBe('"zos.system.version"')
    expect(relay.requests).toHaveLength(1)
  })

  it('that is down sends what it was given meanwhile, when it is back', async () => {
    const rmb = client()
    await rmb.connect()
    relay.drop()
    expect(await ask(rmb, { resend: 'never' })).toBe('"zos.system.version"')
    expect(relay.requests).toHaveLength(1)
  })

  it('that stays down is the reason a request gives', async () => {
    const rmb = client()
    await rmb.connect()
    relay.refusals.push(...Array.from({ length: 50 }, down))
    relay.drop()
    await expect(ask(rmb, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'RMB_UNREACHABLE' })
    await rmb.close()
  })

  it('loses a frame: a request that only reads is sent once more', async () => {
    const rmb = client()
    relay.onRequest = () => {
      relay.onRequest = frame => relay.say(answer(frame))
    }
    expect(await ask(rmb, { resend: 'overdue', timeoutMs: 300 })).toBe('"zos.system.version"')
    expect(relay.requests).toHaveLength(2)
  })

  it('that falls silent is given up and opened again', async () => {
    relay.answersPings = false
    const rmb = client({ keepAliveMs: 20 })
    await rmb.connect()
    await relay.until(r => r.tokens.length === 2)
    relay.answersPings = true
    expect(await ask(rmb)).toBe('"zos.system.version"')
    await rmb.close()
  })

  it('that answers pings is kept', async () => {
    const rmb = client({ keepAliveMs: 15 })
    await rmb.connect()
    await relay.until(r => r.pings >= 5)
    expect(relay.tokens).toHaveLength(1)
    await rmb.close()
  })

  it.each(['', 'relay.grid.tf', 'https://relay.grid.tf', 'wss://a:b@relay.grid.tf', 'wss://relay.grid.tf?x=1'])(
    'is not opened to %p',
    url => {
      const options = { relayUrl: url, twinId: ME, identity: me, verifier, twins: async () => undefined }
      expect(() => createRmb(options)).toThrow(expect.objectContaining({ code: 'INPUT_URL' }))
    },
  )
})

describe('closing', () => {
  it('waits for the answers that are under way, and takes no more requests', async () => {
    const rmb = client()
    relay.onRequest = () => {}
    const answered = ask(rmb)
    await relay.until(r => r.requests.length === 1)
    const closed = rmb.close()
    await expect(ask(rmb)).rejects.toMatchObject({ code: 'RMB_CLOSED' })
    await expect(rmb.connect()).rejects.toMatchObject({ code: 'RMB_CLOSED' })
    expect(relay.connected).toBe(true)
    relay.say(answer(relay.requests[0] as Uint8Array))
    expect(await answered).toBe('"zos.system.version"')
    await closed
    expect(relay.connected).toBe(false)
  })

  it('waits no longer than it is told, and ends what is left', async () => {
    const rmb = client({ drainTimeoutMs: 20, maxInFlight: 1 })
    relay.onRequest = () => {}
    const [sent, waiting] = [ask(rmb), ask(rmb)].map(asked => asked.catch(error => error.code))
    await relay.until(r => r.requests.length === 1)
    await rmb.close()
    expect([await sent, await waiting]).toEqual(['RMB_CLOSED', 'RMB_CLOSED'])
  })

  it('can be done twice, and before anything was opened', async () => {
    const rmb = client()
    expect(rmb.close()).toBe(rmb.close())
    await rmb.close()
    expect(relay.tokens).toHaveLength(0)
  })

  it('ends the attempts to reconnect', async () => {
    const rmb = client()
    await rmb.connect()
    relay.refusals.push(...Array.from({ length: 50 }, () => new RmbError('RMB_UNREACHABLE', 'down')))
    relay.drop()
    await relay.until(r => r.tokens.length >= 2)
    await rmb.close()
    const { length } = relay.tokens
    await new Promise(resolve => setImmediate(resolve))
    expect(relay.tokens).toHaveLength(length)
  })
})

const error = { kind: 'error', code: 0, message: 'no' } as const

function unsigned(frame: Uint8Array): Uint8Array {
  const { signature: _, ...rest } = decodeEnvelope(frame)
  return encodeEnvelope(rest)
}

function withoutSource(frame: Uint8Array): Uint8Array {
  const { source: _, ...rest } = decodeEnvelope(frame)
  return encodeEnvelope(rest)
}
