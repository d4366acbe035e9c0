import { type AddressInfo, createServer, type Socket } from 'node:net'

import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type WebSocket, WebSocketServer } from 'ws'

import { Deadline } from '../../../core/deadline.js'
import type { Message } from '../../../events/host.js'
import { readFrame } from './frame.js'
import { Rpc } from './rpc.js'
import { RpcSocket } from './socket.js'

type Question = { id: number; method: string; params: unknown[] }

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

/** A WebSocket server on loopback that answers each question as told. */
async function serve(answer: (question: Question, socket: WebSocket) => void, port = 0) {
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  const sockets = new Set<WebSocket>()
  let connections = 0
  server.on('connection', socket => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('message', data => answer(JSON.parse(data.toString()), socket))
  })
  await new Promise<void>(resolve => server.on('listening', resolve))
  const stop = () => {
    for (const socket of sockets) socket.terminate()
    server.close()
  }
  endings.push(stop)
  const { port: used } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${used}`, port: used, sockets, stop, connections: () => connections }
}

function reply(socket: WebSocket, id: number, result: unknown) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
}

async function open(url: string, timeoutMs = 2_000): Promise<RpcSocket> {
  const socket = await RpcSocket.open(url, timeoutMs)
  endings.push(() => socket.close())
  return socket
}

const soon = (what: string, timeoutMs = 2_000) => new Deadline(what, timeoutMs)

describe('a frame', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"result":null}', { kind: 'answer', id: 1, result: null }],
    ['{"jsonrpc":"2.0","id":1,"result":{"a":[]}}', { kind: 'answer', id: 1, result: { a: [] } }],
    ['{"method":"x","params":{"subscription":"s","result":1}}', { kind: 'notification', subscription: 's', result: 1 }],
    ['{"method":"x","params":{"subscription":7}}', { kind: 'notification', subscription: '7', result: undefined }],
    ['{"id":1,"error":{"code":-32601,"message":"no"}}', { kind: 'error', id: 1 }],
    ['{"id":1,"error":"what"}', { kind: 'error', id: 1 }],
    ['{"id":null,"error":{"code":-32700}}', { kind: 'garbage' }],
    ['{"id":1}', { kind: 'garbage' }],
    ['{"method":"x"}', { kind: 'garbage' }],
    ['{"method":"x","params":{"subscription":{}}}', { kind: 'garbage' }],
    ['[]', { kind: 'garbage' }],
    ['null', { kind: 'garbage' }],
    ['{', { kind: 'garbage' }],
    ['', { kind: 'garbage' }],
  ])('%s is told apart', (text, frame) => {
    expect(readFrame(text)).toMatchObject(frame)
  })

  it('of any bytes or any JSON is something', () => {
    const kinds = ['answer', 'error', 'notification', 'garbage']
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map(o => JSON.stringify(o)),
        ),
        text => {
          expect(kinds).toContain(readFrame(text).kind)
        },
      ),
      { numRuns: 1_000, seed: 3 },
    )
    const field = fc.option(fc.jsonValue(), { nil: undefined })
    const frame = fc.record({ id: field, method: field, params: field, result: field, error: field })
    fc.assert(
      fc.property(frame, value => {
        expect(kinds).toContain(readFrame(JSON.stringify(value)).kind)
      }),
      { numRuns: 1_000, seed: 5 },
    )
  })
})

describe('a connection', () => {
  it('gives each question its own answer, in whatever order they come', async () => {
    const held: Question[] = []
    const { url } = await serve((question, socket) => {
      held.push(question)
      if (held.length === 3) for (const { id, method } of held.reverse()) reply(socket, id, method)
    })
    const socket = await open(url)
    expect(await Promise.all(['a', 'b', 'c'].map(method => socket.request(method, [])))).toEqual(['a', 'b', 'c'])
  })

  it('gives notifications to who subscribed, early and late ones', async () => {
    const { url } = await serve(({ id, method }, socket) => {
      const tell = (result: number) =>
        socket.send(JSON.stringify({ method: 'told', params: { subscription: 'S', result } }))
      if (method === 'go') {
        tell(3)
        reply(socket, id, null)
        return
      }
      tell(1)
      reply(socket, id, 'S')
      tell(2)
    })
    const socket = await open(url)
    const told: unknown[] = []
    expect(await socket.subscribe('subscribe', [], result => told.push(result))).toBe('S')
    await socket.request('go', [])
    expect(told).toEqual([1, 2, 3])
  })

  it('passes on what the chain refuses', async () => {
    const error = { code: 1010, message: 'Invalid Transaction', data: 'Transaction is outdated' }
    const { url } = await serve(({ id }, socket) => socket.send(JSON.stringify({ id, error })))
    const refused = (await open(url)).request('x', [])
    await expect(refused).rejects.toMatchObject({
      code: 'CHAIN_REPLY',
      rpcCode: 1010,
      rpcMessage: 'Invalid Transaction',
      rpcData: 'Transaction is outdated',
    })
  })

  it.each([
    ['is garbage', (socket: WebSocket) => socket.send('\u0000not json'), 'CHAIN_REPLY'],
    ['is binary garbage', (socket: WebSocket) => socket.send(Buffer.alloc(1000, 0xff)), 'CHAIN_REPLY'],
    ['is an answer without a result', (socket: WebSocket) => socket.send('{"id":1}'), 'CHAIN_REPLY'],
    [
      'is larger than anything',
      (socket: WebSocket) => socket.send(Buffer.alloc(33 * 1024 * 1024)),
      'CHAIN_UNREACHABLE',
    ],
    ['is the end', (socket: WebSocket) => socket.terminate(), 'CHAIN_UNREACHABLE'],
    ['is a farewell', (socket: WebSocket) => socket.close(1001), 'CHAIN_UNREACHABLE'],
  ])('ends, and says so to everybody who waits, when a frame %s', async (_, answer, code) => {
    const { url } = await serve((question, socket) => {
      if (question.method === 'now') answer(socket)
    })
    const socket = await open(url)
    const waiting = [socket.request('wait', []), socket.subscribe('wait', [], () => {}), socket.request('now', [])]
    const ended = new Promise(resolve => socket.onEnd(resolve))
    for (const one of await Promise.allSettled(waiting)) expect(one).toMatchObject({ reason: { code } })
    expect(await ended).toMatchObject({ code })
    expect(socket.open).toBe(false)
    await expect(socket.request('x', [])).rejects.toMatchObject({ code })
  })

  it('survives any frames that name questions and subscriptions nobody made', async () => {
    const frames = fc.sample(
      fc.oneof(
        fc.record({ id: fc.nat(9_000).map(n => n + 100), result: fc.jsonValue() }),
        fc.record({ method: fc.string(), params: fc.record({ subscription: fc.string(), result: fc.jsonValue() }) }),
      ),
      { numRuns: 500, seed: 8 },
    )
    const { url } = await serve(({ id }, socket) => {
      for (const frame of frames) socket.send(JSON.stringify(frame))
      reply(socket, id, 'after all')
    })
    expect(await (await open(url)).request('x', [])).toBe('after all')
  })

  it('does not keep more questions than it can', async () => {
    const { url } = await serve(() => {})
    const socket = await open(url)
    const all = Array.from({ length: 4_097 }, () => socket.request('x', []).catch(error => error))
    expect(await all.at(-1)).toMatchObject({ code: 'CHAIN_UNREACHABLE', message: expect.stringContaining('4096') })
  })

  it.each([
    ['nobody listens', async () => 'ws://127.0.0.1:1', 'CHAIN_UNREACHABLE'],
    [
      'something else listens',
      async () => `ws://127.0.0.1:${await tcp(socket => socket.end('hello\r\n\r\n'))}`,
      'CHAIN_UNREACHABLE',
    ],
    ['nothing is answered', async () => `ws://127.0.0.1:${await tcp(() => {})}`, 'DEADLINE'],
  ])('is not opened when %s', async (_, url, code) => {
    await expect(RpcSocket.open(await url(), 200)).rejects.toMatchObject({ code })
  })
})

describe('a chain that is asked', () => {
  const rpcOf = (url: string, options: { keepReconnecting?: boolean; told?: Message[] } = {}) => {
    const rpc = new Rpc({
      url,
      host: { notify: message => options.told?.push(message) },
      connectTimeoutMs: 1_000,
      keepReconnecting: options.keepReconnecting ?? false,
    })
    endings.push(() => rpc.close())
    return rpc
  }

  it('is asked again when the connection drops before the answer', async () => {
    let asked = 0
    const { url } = await serve(({ id }, socket) => {
      if (++asked < 3) socket.terminate()
      else reply(socket, id, asked)
    })
    const told: Message[] = []
    expect(await rpcOf(url, { told }).ask('x', [], soon('an answer'))).toBe(3)
    expect(told.map(message => message.code)).toEqual(['CHAIN_RECONNECTED', 'CHAIN_RECONNECTED'])
  })

  it('is asked when it is back, over new subscriptions', async () => {
    const answer = ({ id, method }: Question, socket: WebSocket) => reply(socket, id, `${method}!`)
    const first = await serve(answer)
    const rpc = rpcOf(first.url)
    let hooks = 0
    rpc.onOpen(async socket => {
      hooks++
      await socket.request('subscribe', [])
    })
    expect(await rpc.ask('a', [], soon('a'))).toBe('a!')
    first.stop()
    const asked = rpc.ask('b', [], soon('b', 10_000))
    await serve(answer, first.port)
    expect(await asked).toBe('b!')
    expect(hooks).toBe(2)
  })

  it('that stays away is not waited for longer than allowed, and the reason is told', async () => {
    const { url, stop } = await serve(({ id }, socket) => reply(socket, id, 1))
    const rpc = rpcOf(url)
    await rpc.ask('a', [], soon('a'))
    stop()
    await expect(rpc.ask('b', [], soon('b', 300))).rejects.toMatchObject({
      code: 'DEADLINE',
      message: 'b did not happen within 300 ms',
      cause: { code: 'CHAIN_UNREACHABLE' },
    })
  })

  it('comes back by itself when it is to be kept', async () => {
    const { url, sockets, connections } = await serve(({ id }, socket) => reply(socket, id, 1))
    const told: Message[] = []
    const rpc = rpcOf(url, { keepReconnecting: true, told })
    await rpc.connect(1_000)
    const back = new Promise<void>(resolve => {
      let hooks = 0
      rpc.onOpen(async () => {
        if (++hooks === 1) resolve()
      })
    })
    for (const socket of sockets) socket.terminate()
    await back
    expect(connections()).toBe(2)
  })

  it('is given up at once when it is not there and need not be kept', async () => {
    await expect(rpcOf('ws://127.0.0.1:1').connect(5_000)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    const kept = rpcOf('ws://127.0.0.1:1', { keepReconnecting: true }).connect(250)
    await expect(kept).rejects.toMatchObject({ code: 'DEADLINE', cause: { code: 'CHAIN_UNREACHABLE' } })
  })

  it('is asked nothing more after closing', async () => {
    const { url } = await serve(() => {})
    const rpc = rpcOf(url)
    const waiting = rpc.ask('a', [], soon('a', 5_000))
    await rpc.socket(soon('a connection'))
    rpc.close()
    rpc.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CHAIN_CLOSED' })
    await expect(rpc.ask('b')).rejects.toMatchObject({ code: 'CHAIN_CLOSED' })
  })
})

async function tcp(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(onConnection)
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  endings.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
