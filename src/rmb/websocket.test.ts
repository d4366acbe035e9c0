import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'

import { afterEach, describe, expect, it } from '@jest/globals'
import { type WebSocket, WebSocketServer } from 'ws'

import type { RmbError } from '../errors/rmb.js'
import { MAX_ENVELOPE_BYTES } from './envelope.js'
import type { OpenLink } from './transport.js'
import { webSocketTransport } from './websocket.js'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A WebSocket server that does as told with each connection. */
async function relay(serve: (socket: WebSocket, target: string) => void): Promise<string> {
  const server = createHttpServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => {})
    closers.push(() => socket.terminate())
    serve(socket, request.url ?? '')
  })
  return listen(server)
}

const http = (answer: RequestListener) => listen(createHttpServer(answer))

function open(url: string, options: Partial<OpenLink> = {}) {
  const { signal } = new AbortController()
  const nothing = () => {}
  return webSocketTransport(url)({
    token: 'a.b.c',
    timeoutMs: 5_000,
    signal,
    onFrame: nothing,
    onClose: nothing,
    ...options,
  })
}

const ended = (url: string) => new Promise<RmbError>(resolve => void open(url, { onClose: resolve }))

describe('a WebSocket link', () => {
  it('shows the token as the query and carries binary frames both ways', async () => {
    let target = ''
    const url = await relay((socket, asked) => {
      target = asked
      socket.on('message', data => socket.send(data))
    })
    const frame = Uint8Array.of(1, 2, 3)
    const echoed = await new Promise<Uint8Array>(resolve => {
      void open(url, { onFrame: resolve }).then(link => link.send(frame))
    })
    expect([...echoed]).toEqual([...frame])
    expect(target).toBe('/?a.b.c')
  })

  it.each<[string, (socket: WebSocket) => void, string]>([
    ['is closed', socket => socket.close(4001), 'RMB_UNREACHABLE'],
    ['is cut', socket => socket.terminate(), 'RMB_UNREACHABLE'],
    ['carries text', socket => socket.send('hello'), 'RMB_ENVELOPE'],
    ['carries too much', socket => socket.send(new Uint8Array(MAX_ENVELOPE_BYTES + 1)), 'RMB_UNREACHABLE'],
  ])('that %s from the other side tells so', async (_what, act, code) => {
    expect(await ended(await relay(act))).toMatchObject({ code })
  })

  it('that was closed here takes no more and reports nothing', async () => {
    const seen: RmbError[] = []
    let gone = () => {}
    const closed = new Promise<void>(resolve => {
      gone = resolve
    })
    const url = await relay(socket => socket.on('close', gone))
    const link = await open(url, { onClose: reason => seen.push(reason) })
    link.close()
    link.close()
    expect(() => link.send(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'RMB_CLOSED' }))
    await closed
    expect(seen).toEqual([])
  })

  it('takes no more than the relay reads', async () => {
    const link = await open(await relay(socket => socket.pause()))
    const frame = new Uint8Array(8 * 1024 * 1024)
    const flood = () => {
      for (let i = 0; i < 20; i++) link.send(frame)
    }
    expect(flood).toThrow(expect.objectContaining({ code: 'RMB_BUSY' }))
    link.close()
  })

  it.each<[number, string]>([
    [400, 'RMB_UNAUTHORIZED'],
    [401, 'RMB_UNAUTHORIZED'],
    [404, 'RMB_UNREACHABLE'],
    [302, 'RMB_UNREACHABLE'],
    [503, 'RMB_UNREACHABLE'],
  ])('is not opened by a relay that answers %p', async (status, code) => {
    const url = await http((_request, response) => response.writeHead(status, { location: '/' }).end())
    const error = await open(url).catch(error => error)
    expect(error).toMatchObject({ code, details: { status } })
    expect(JSON.stringify(error)).not.toContain('a.b.c')
  })

  it('is not opened by one that says nothing, and says how long it waited', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      closers.push(() => socket.destroy())
    })
    await expect(open(await listen(server), { timeoutMs: 30 })).rejects.toMatchObject({ code: 'RMB_UNREACHABLE' })
  })

  it('is not opened by one that speaks something else', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.end('220 mail.example ESMTP\r\n')
    })
    await expect(open(await listen(server))).rejects.toMatchObject({ code: 'RMB_UNREACHABLE' })
  })

  it('ends its opening when it is told to', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      closers.push(() => socket.destroy())
    })
    const url = await listen(server)
    const stop = new AbortController()
    const opening = open(url, { signal: stop.signal })
    stop.abort()
    await expect(opening).rejects.toMatchObject({ code: 'RMB_CLOSED' })
    await expect(open(url, { signal: stop.signal })).rejects.toMatchObject({ code: 'RMB_CLOSED' })
  })
})
