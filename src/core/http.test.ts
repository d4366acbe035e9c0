import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

import { afterEach, describe, expect, it } from '@jest/globals'

import { HyphaeError } from '../errors/base.js'
import { type HttpErrors, type HttpRequest, request } from './http.js'

const errors: HttpErrors = {
  unreachable: (message, options) => new HyphaeError('UNREACHABLE', message, options),
  status: (message, options) => new HyphaeError('STATUS', message, options),
  reply: (message, options) => new HyphaeError('REPLY', message, options),
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server on loopback that answers as told; its origin. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function ask(url: string, options: Partial<HttpRequest> = {}) {
  return request({ url, what: 'the answer', timeoutMs: 5_000, errors, ...options })
}

describe('a request', () => {
  it('carries method, query, headers and body, and gives back status, headers and text', async () => {
    const origin = await serve((req, res) => {
      let body = ''
      req.on('data', chunk => {
        body += chunk
      })
      req.on('end', () => {
        res.setHeader('X-Count', '3')
        res.end(JSON.stringify({ method: req.method, url: req.url, type: req.headers['content-type'], body }))
      })
    })
    const reply = await ask(`${origin}/a?x=1`, {
      method: 'POST',
      query: { y: 'ü&=', none: undefined },
      body: { big: 1, text: 'é' },
    })
    expect(reply.status).toBe(200)
    expect(reply.headers['x-count']).toBe('3')
    expect(reply.json()).toEqual({
      method: 'POST',
      url: '/a?x=1&y=%C3%BC%26%3D',
      type: 'application/json',
      body: '{"big":1,"text":"é"}',
    })
  })

  it('goes straight to loopback whatever the proxy environment says', async () => {
    const origin = await serve((_, res) => res.end('"here"'))
    const before = process.env.HTTP_PROXY
    process.env.HTTP_PROXY = 'http://127.0.0.1:1'
    process.env.http_proxy = 'http://127.0.0.1:1'
    try {
      expect((await ask(origin)).json()).toBe('here')
    } finally {
      delete process.env.http_proxy
      if (before === undefined) delete process.env.HTTP_PROXY
      else process.env.HTTP_PROXY = before
    }
  })

  it('is sent once more when the kept connection was dead, but not when it writes', async () => {
    let seen = 0
    const origin = await serve((req, res) => {
      if (++seen % 2 === 1) req.socket.resetAndDestroy()
      else res.end('"second"')
    })
    expect((await ask(origin)).json()).toBe('second')
    await expect(ask(origin, { method: 'POST', body: {} })).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(seen).toBe(3)
  })

  it('follows a redirect on its own host', async () => {
    const origin = await serve((req, res) => {
      if (req.url === '/old') res.writeHead(302, { location: '/new' }).end()
      else res.end('"new"')
    })
    expect((await ask(`${origin}/old`)).json()).toBe('new')
  })
})

describe('an answer that is not what it must be', () => {
  it('with a refusing status is an error that tells it', async () => {
    const origin = await serve((_, res) => res.writeHead(503).end('tomorrow'))
    await expect(ask(`${origin}/secret?token=abc`)).rejects.toMatchObject({
      code: 'STATUS',
      where: `${origin}/secret`,
      details: { status: 503, body: 'tomorrow' },
    })
    expect((await ask(origin, { accept: [503] })).status).toBe(503)
  })

  it.each([
    ['not JSON', '<html>', /not JSON/],
    ['cut short', '{"a": [1, 2', /not JSON/],
    ['empty', '', /not JSON/],
    ['endlessly deep', '['.repeat(200_000), /not JSON/],
  ])('%s is an error when it is read as JSON', async (_, text, reason) => {
    const reply = await ask(await serve((__, res) => res.end(text)))
    expect(() => reply.json()).toThrow(reason)
  })

  it('too large is refused without being read to its end', async () => {
    let sent = 0
    const chunk = 'x'.repeat(64 * 1024)
    const origin = await serve((_, res) => {
      const more = () => {
        while (!res.destroyed && sent < 200_000_000) {
          sent += chunk.length
          if (!res.write(chunk)) return
        }
      }
      res.on('drain', more)
      more()
    })
    await expect(ask(origin, { maxBytes: 100_000 })).rejects.toMatchObject({
      code: 'REPLY',
      message: expect.stringContaining('more than 100000 bytes'),
    })
    expect(sent).toBeLessThan(50_000_000)
  })

  it('too large once unpacked is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000))
    const origin = await serve((_, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    await expect(ask(origin, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'REPLY' })
  })

  it('sent from elsewhere is refused', async () => {
    const other = await serve((_, res) => res.end('"stolen"'))
    const origin = await serve((_, res) => res.writeHead(307, { location: `${other}/x` }).end())
    await expect(ask(origin, { method: 'POST', body: { account: 1 } })).rejects.toMatchObject({
      code: 'REPLY',
      message: expect.stringContaining(other),
    })
  })

  it('that redirects for ever is refused', async () => {
    const origin = await serve((_, res) => res.writeHead(302, { location: '/again' }).end())
    await expect(ask(origin)).rejects.toMatchObject({ code: 'REPLY' })
  })

  it.each([
    ['a body shorter than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort'],
    ['no HTTP at all', '\u0000\u0001 not http\r\n\r\n'],
    ['an impossible header', 'HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n'],
  ])('%s means the server is not there', async (_, raw) => {
    const server = createServer()
    servers.push(server)
    server.on('connection', socket => {
      socket.on('error', () => {})
      socket.end(raw)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(ask(url)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
})

describe('a wait', () => {
  it.each([
    ['that never answers', () => {}],
    [
      'that drips without end',
      (_: IncomingMessage, res: ServerResponse) => {
        const timer = setInterval(() => res.write(' '), 10)
        res.on('close', () => clearInterval(timer))
      },
    ],
  ])('for a server %s ends at its deadline', async (_, answer) => {
    const origin = await serve(answer)
    await expect(ask(origin, { timeoutMs: 150 })).rejects.toMatchObject({
      code: 'DEADLINE',
      message: `the answer from ${origin} did not happen within 150 ms`,
    })
  })

  it('ends when the caller cancels', async () => {
    const caller = new AbortController()
    const origin = await serve(() => caller.abort())
    await expect(ask(origin, { signal: caller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('for nobody ends at once', async () => {
    const origin = await serve(() => {})
    servers[0]?.close()
    await expect(ask(origin)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      details: { reason: 'ECONNREFUSED' },
    })
  })
})

describe('an address', () => {
  it.each(['not a url', 'file:///etc/passwd', 'ws://127.0.0.1', ''])(
    '%p is refused before anything is sent',
    async url => {
      await expect(ask(url)).rejects.toMatchObject({ code: 'INPUT_URL' })
    },
  )
})
