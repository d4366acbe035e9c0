import { once } from 'node:events'
import { connect } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import WebSocket from 'ws'

import { type RelayRig, relayRig } from '../../../test/support/relay-rig.js'
import { createIdentity } from '../../chain/keys.js'
import { utf8 } from '../../core/bytes.js'
import { decodeEnvelope, encodeEnvelope } from '../../rmb/envelope.js'
import { makeToken, type TokenClaims } from '../../rmb/token.js'
import { startRelay } from './index.js'

const ME = 2
const NODE = 3
const ask = { twinId: NODE, command: 'zos.deployment.get', payload: '{"contract_id":7}', timeoutMs: 5_000 }

let rig: RelayRig

beforeEach(async () => {
  rig = await relayRig()
})
afterEach(() => rig.close())

async function tokenFor(id: number, change: Partial<TokenClaims> = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return makeToken(await rig.twin(id), { sub: id, iat, exp: iat + 60, ...change })
}

/** The status of an upgrade: 101 when it was accepted. */
async function upgrade(target: string): Promise<number> {
  const socket = new WebSocket(`${rig.running.url}${target}`)
  const status = await new Promise<number>(resolve => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => {})
  })
  socket.terminate()
  return status
}

async function session(id: number, sid?: string): Promise<WebSocket> {
  const socket = new WebSocket(`${rig.running.url}?${await tokenFor(id, sid === undefined ? {} : { sid })}`)
  await once(socket, 'open')
  return socket
}

const closeCode = async (socket: WebSocket) => (await once(socket, 'close'))[0] as number

describe('client, relay and node', () => {
  it('carry a request and its answer, encrypted', async () => {
    await rig.peer(NODE)
    const rmb = await rig.client(ME)
    await rmb.connect()
    expect(JSON.parse(await rmb.request(ask))).toEqual({ command: ask.command, payload: ask.payload, source: ME })
  })

  it('carry them in plain text when a side has no key', async () => {
    await rig.twin(NODE, { keyless: true })
    await rig.peer(NODE)
    const rmb = await rig.client(ME)
    expect(JSON.parse(await rmb.request(ask))).toMatchObject({ payload: ask.payload })
  })

  it('carry a megabyte', async () => {
    await rig.peer(NODE)
    const payload = JSON.stringify('x'.repeat(1_000_000))
    const rmb = await rig.client(ME)
    expect(JSON.parse(await rmb.request({ ...ask, payload })).payload).toBe(payload)
  })

  it('carry a thousand requests at once between several twins', async () => {
    for (const id of [3, 5, 6, 7]) await rig.peer(id)
    const clients = await Promise.all([2, 2, 4].map(id => rig.client(id)))
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async (_, i) => {
        const request = { ...ask, twinId: [3, 5, 6, 7][i % 4] as number, payload: `${i}`, timeoutMs: 20_000 }
        return JSON.parse(await (clients[i % 3] as (typeof clients)[0]).request(request)).payload
      }),
    )
    expect(answers).toEqual(Array.from({ length: 1_000 }, (_, i) => `${i}`))
    expect(rig.running.stats().queuedBytes).toBe(0)
  })

  it('tell of a node that does not exist, in the relay’s words', async () => {
    const known = { id: 99, account: (await rig.twin(NODE)).address }
    const rmb = await rig.client(ME, { twins: async id => (id === 99 ? known : rig.twins.get(id)) })
    await expect(rmb.request({ ...ask, twinId: 99 })).rejects.toMatchObject({
      code: 'RMB_REMOTE',
      details: { remoteMessage: 'unknown twin destination', from: 'relay' },
    })
  })

  it('answer a node that comes late: its requests have waited', async () => {
    await rig.twin(NODE)
    const rmb = await rig.client(ME)
    await rmb.connect()
    const answer = rmb.request(ask)
    while (rig.running.stats().queuedBytes === 0) await new Promise(resolve => setImmediate(resolve))
    await rig.peer(NODE)
    expect(JSON.parse(await answer)).toMatchObject({ command: ask.command })
  })

  it('notice within two seconds that somebody else signs for the node', async () => {
    const stranger = await createIdentity('ee'.repeat(32))
    await rig.peer(NODE, { signer: () => stranger })
    const rmb = await rig.client(ME)
    const started = performance.now()
    await expect(rmb.request({ ...ask, timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'RMB_SIGNATURE' })
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})

describe('faults', () => {
  it('a connection that drops in mid-request: executed once, answered all the same', async () => {
    let executed = 0
    await rig.peer(NODE, {
      handler: async () => {
        if (executed++ === 0) rig.faults.set({ kind: 'dropped-relay' })
        return '1'
      },
    })
    const rmb = await rig.client(ME)
    expect(await rmb.request(ask)).toBe('1')
    expect(executed).toBe(1)
    expect(rig.faults.list()).toEqual([])
  })

  it('a relay that drops everyone again and again: every request is answered, each executed once', async () => {
    const executed = new Map<string, number>()
    await rig.peer(NODE, {
      handler: async (_command, payload) => {
        executed.set(payload, (executed.get(payload) ?? 0) + 1)
        return payload
      },
    })
    const rmb = await rig.client(ME)
    await rmb.connect()
    rig.faults.set({ kind: 'dropped-relay', times: 5 })
    const asked = Array.from({ length: 50 }, (_, i) => rmb.request({ ...ask, payload: `${i}`, timeoutMs: 20_000 }))
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
    expect([...executed.values()].every(times => times === 1)).toBe(true)
    expect(rig.faults.list()).toEqual([])
  })

  it.each(['duplicated-frames', 'reordered-frames'] as const)(
    '%s: answers are right, nothing runs twice',
    async kind => {
      let executed = 0
      await rig.peer(NODE, {
        handler: async (_command, payload) => {
          executed++
          return payload
        },
      })
      const rmb = await rig.client(ME)
      rig.faults.set({ kind })
      const asked = Array.from({ length: 100 }, (_, i) => rmb.request({ ...ask, payload: `${i}` }))
      expect(await Promise.all(asked)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`))
      expect(executed).toBe(100)
    },
  )

  it('lost frames: the deadline tells, and asking again when overdue helps', async () => {
    await rig.peer(NODE)
    const rmb = await rig.client(ME)
    await rmb.request(ask)
    rig.faults.set({ kind: 'lost-frames', times: 1 })
    await expect(rmb.request({ ...ask, timeoutMs: 300 })).rejects.toMatchObject({ code: 'DEADLINE' })
    rig.faults.clear()
    rig.faults.set({ kind: 'lost-frames', times: 1 })
    expect(await rmb.request({ ...ask, timeoutMs: 1_500, resend: 'overdue' })).toContain(ask.command)
  })
})

describe('the door', () => {
  it('opens for a token of the twin’s account, and for nothing else', async () => {
    const now = Math.floor(Date.now() / 1000)
    const stranger = await createIdentity('ee'.repeat(32))
    expect(await upgrade(`?${await tokenFor(ME)}`)).toBe(101)
    expect(await upgrade(`/?${await tokenFor(ME, { sid: 'k3j2h1g0f9', exp: now + 1000 })}`)).toBe(101)
    expect(await upgrade('')).toBe(400)
    expect(await upgrade('/?')).toBe(400)
    expect(await upgrade('?a.b.c')).toBe(401)
    expect(await upgrade(`?${await tokenFor(ME, { exp: now })}`)).toBe(401)
    expect(await upgrade(`?${await tokenFor(ME, { sub: 77 })}`)).toBe(401)
    expect(await upgrade(`?${makeToken(stranger, { sub: ME, iat: now, exp: now + 60 })}`)).toBe(401)
    expect(await upgrade(`/other?${await tokenFor(ME)}`)).toBe(404)
  })

  it('tells a client that its token is refused', async () => {
    const rmb = await rig.client(ME, { identity: await createIdentity('ee'.repeat(32)) })
    await expect(rmb.connect()).rejects.toMatchObject({ code: 'RMB_UNAUTHORIZED', details: { status: 401 } })
    const text = JSON.stringify(await rmb.connect().catch(error => error))
    expect(text).not.toContain('eyJ') // the token itself is in no error
  })

  it('tells a client that nobody is there', async () => {
    const gone = await startRelay({ chain: { twin: () => undefined }, faults: rig.faults })
    await gone.close()
    const rmb = await rig.client(ME, { relayUrl: gone.url })
    await expect(rmb.connect()).rejects.toMatchObject({ code: 'RMB_UNREACHABLE' })
  })

  it('answers /health, and 404 for the rest', async () => {
    const http = rig.running.url.replace('ws:', 'http:')
    expect((await fetch(`${http}/health`)).status).toBe(200)
    expect((await fetch(`${http}/metrics`)).status).toBe(404)
    expect((await fetch(`${http}/`, { method: 'POST', body: 'x' })).status).toBe(404)
  })

  it('cannot be opened on a port that is taken', async () => {
    const port = Number(new URL(rig.running.url).port)
    const second = startRelay({ port, chain: { twin: () => undefined }, faults: rig.faults })
    await expect(second).rejects.toMatchObject({ code: 'LOCALGRID_PORT' })
  })
})

describe('a session', () => {
  it('is replaced by a newer one of the same name, and by no other', async () => {
    const [first, other] = [await session(ME, 'a'), await session(ME, 'b')]
    const replaced = closeCode(first)
    const second = await session(ME, 'a')
    expect(await replaced).toBe(4001)
    expect([other.readyState, second.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN])
  })

  it('that fights another for its name goes on answering', async () => {
    await rig.peer(NODE)
    const [one, two] = await Promise.all([rig.client(ME, { sessionId: 's' }), rig.client(ME, { sessionId: 's' })])
    await one.connect()
    await two.connect()
    expect(await two.request(ask)).toContain(ask.command)
  })

  it('hears a pong, and errors in the relay’s words', async () => {
    const socket = await session(ME, 'a')
    const base = { uid: 'u', timestamp: 1n, expiration: 40n, source: { twin: ME, connection: 'a' }, relays: [] }
    socket.send(encodeEnvelope({ ...base, destination: { twin: 0 }, message: { kind: 'ping' } }))
    expect(decodeEnvelope((await once(socket, 'message'))[0])).toMatchObject({
      uid: 'u',
      message: { kind: 'pong' },
      destination: base.source,
      payload: { kind: 'plain', bytes: utf8('hello world') },
    })
    socket.send(encodeEnvelope({ ...base, source: { twin: ME }, message: { kind: 'request', command: 'c' } }))
    expect(decodeEnvelope((await once(socket, 'message'))[0]).message).toMatchObject({
      message: 'message wrong source',
    })
  })

  it.each<[string, string | Uint8Array, number]>([
    ['text', 'hello', 1003],
    ['bytes that are no envelope', Uint8Array.of(0xff, 0xff), 1007],
    ['a frame that is too large', new Uint8Array(17 * 1024 * 1024), 1009],
  ])('that sends %s is ended', async (_what, data, code) => {
    const socket = await session(ME)
    socket.on('error', () => {})
    socket.send(data)
    expect(await closeCode(socket)).toBe(code)
  })

  it('is one of a bounded number', async () => {
    await rig.close()
    rig = await relayRig({ maxConnections: 3 })
    await Promise.all(['a', 'b', 'c'].map(sid => session(ME, sid)))
    const socket = new WebSocket(`${rig.running.url}?${await tokenFor(ME)}`)
    await once(socket, 'error')
    expect(rig.running.stats().connections).toBe(3)
  })

  it('that is open does not keep the relay from closing', async () => {
    const socket = await session(ME)
    const ended = closeCode(socket)
    const silent = connect(Number(new URL(rig.running.url).port), '127.0.0.1')
    await once(silent, 'connect')
    silent.on('error', () => {})
    await rig.running.close()
    expect(await ended).toBe(1001)
  })
})
