/** What can be sent to a socket that is not a request of a well-behaved client. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { type Registry, startRegistry } from '../index.js'
import { readBlob, savedHash } from '../testing/post-blob.js'

const MIB = 1024 * 1024

let folder: string
let registry: Registry
/** Waits no longer than a second for a request to arrive. */
let impatient: Registry
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-registry-raw-'))
  const limits = { maxBlobBytes: MIB, maxBytesInMemory: 8 * MIB, drainMs: 500, maxConnections: 300 }
  const common = { listen: '127.0.0.1:0', dataDir: folder }
  registry = await startRegistry({ ...common, limits })
  impatient = await startRegistry({ ...common, limits: { ...limits, requestTimeoutMs: 1_000 } })
})
afterAll(async () => {
  await registry.close()
  await impatient.close()
  rmSync(folder, { recursive: true, force: true })
})

function open({ host, port } = registry): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends pieces and hears what is answered until the other side closes, or until its own side is closed as well. */
async function exchange(pieces: readonly (string | Uint8Array)[], keepOpen = true, to = registry): Promise<string> {
  const socket = await open(to)
  const heard: Buffer[] = []
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`hangs after ${JSON.stringify(Buffer.concat(heard).toString('latin1').slice(0, 300))}`))
    }, 6_000)
    socket.on('data', chunk => heard.push(chunk))
    // A reset is an answer too: the server does not want the rest.
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(heard).toString('latin1'))
    })
    for (const piece of pieces) socket.write(piece)
    if (!keepOpen) socket.end()
  })
}

const status = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
const isWell = async () => (await fetch(`${registry.url}/healthz`)).status === 200

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`${registry.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const endsAt = Date.now() + 8_000
  while (!(await isTrue())) {
    if (Date.now() > endsAt) throw new Error(`${what} did not happen`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const FORM = 'content-type: multipart/form-data; boundary=b'
const BODY = '--b\r\ncontent-disposition: form-data; name=data\r\n\r\nhello\r\n--b--\r\n'
const post = (headers: string, body = '') => `POST /api/v1/metadata HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${body}`

describe('raw requests', () => {
  it.each<[string, string, number]>([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n', 200],
    ['a Host that is none', 'GET /healthz HTTP/1.1\r\nhost: [::1]]:x/../@\r\nconnection: close\r\n\r\n', 200],
    ['HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', 200],
    ['the whole URL', 'GET http://x:1/healthz?a#b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 200],
    [
      'a path that climbs',
      `GET /api/v1/metadata/../../../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      400,
    ],
    ['a path with a zero', `GET /api/v1/metadata/%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 400],
    ['a star', 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 404],
    ['a strange method', 'BREW / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['a long path', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431],
    ['a long header', `GET / HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', post(`${FORM}\r\ncontent-length: 5\r\ncontent-length: 6`, BODY), 400],
    ['a length and chunks', post(`${FORM}\r\ncontent-length: 5\r\ntransfer-encoding: chunked`, `0\r\n\r\n`), 400],
    ['a length below zero', post(`${FORM}\r\ncontent-length: -1`, BODY), 400],
    ['a length without measure', post(`${FORM}\r\ncontent-length: 99999999999999999999`, BODY), 400],
    ['a length that is too much', post(`${FORM}\r\ncontent-length: 1000000000`, BODY), 413],
    ['a chunk that is none', post(`${FORM}\r\ntransfer-encoding: chunked`, 'zz\r\n'), 400],
    [
      'a compressed body',
      post(`${FORM}\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: ${BODY.length}`, BODY),
      400,
    ],
    ['a body that is fine', post(`${FORM}\r\nconnection: close\r\ncontent-length: ${BODY.length}`, BODY), 200],
    [
      'a body in chunks',
      post(
        `${FORM}\r\nconnection: close\r\ntransfer-encoding: chunked`,
        `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
      ),
      200,
    ],
  ])('are answered with a status: %s', async (_, text, expected) => {
    const answer = await exchange([Buffer.from(text, 'latin1')], true, impatient)
    expect(status(answer)).toBe(expected)
    if (expected !== 200) expect(answer).toMatch(/\r\n\r\n\{"error":\{"code":"REGISTRY_[A-Z_]+"/)
    expect(await isWell()).toBe(true)
  })

  it('are told to go on, or refused, before a large body is sent', async () => {
    const asking = (length: number) =>
      post(`${FORM}\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: ${length}`)
    expect(await exchange([asking(BODY.length), BODY])).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    expect(status(await exchange([asking(50 * MIB)], true, impatient))).toBe(413)
  })

  it('several on one connection are answered in order', async () => {
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
    const last = one('/openapi.yaml').replace('host: x', 'host: x\r\nconnection: close')
    const answer = await exchange([one('/healthz') + one('/nothing') + last])
    expect([...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => code)).toEqual(['200', '404', '200'])
  })

  it('of any bytes neither stop nor delay the service', async () => {
    const token = fc.constantFrom(
      'GET ',
      'POST ',
      '/api/v1/metadata',
      '/',
      ' HTTP/1.1\r\n',
      'host: x\r\n',
      `${FORM}\r\n`,
      'content-length: 9\r\n',
      '\r\n',
      '--b',
      ':',
    )
    const pieces = fc.array(fc.oneof(token, fc.uint8Array({ maxLength: 60 })), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(pieces, async sent => {
        const answer = await exchange(sent, false, impatient)
        expect([0, 200, 400, 404, 405, 408, 413, 431]).toContain(status(answer))
      }),
      { numRuns: 250 },
    )
    expect(await isWell()).toBe(true)
  }, 30_000)

  it('that never end are ended, whether head or body', async () => {
    const slow = ['G', 'GET / HTTP/1.1\r\nhost: x\r\n', post(`${FORM}\r\ncontent-length: 500`, BODY.slice(0, 40))]
    for (const answer of await Promise.all(slow.map(text => exchange([text], true, impatient)))) {
      expect(status(answer)).toBe(408)
      expect(answer).toContain('REGISTRY_TIMEOUT')
    }
  }, 15_000)

  it('that break off leave nothing behind', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => open()))
    const head = post(`${FORM}\r\ncontent-length: 900000`, '--b\r\ncontent-disposition: form-data; name=data\r\n\r\n')
    for (const socket of sockets) {
      socket.on('error', () => {})
      socket.write(head)
      socket.write(randomBytes(50_000))
    }
    await until('bytes arriving', async () => (await gauge('hyphae_registry_blob_bytes_in_memory')) > MIB)
    for (const socket of sockets) socket.destroy()
    await until('everything being let go', async () => (await gauge('hyphae_registry_blob_bytes_in_memory')) === 0)
    expect(await isWell()).toBe(true)
  }, 20_000)

  it('of more bytes than may be in memory are refused until there is room', async () => {
    const before = process.memoryUsage.rss()
    const boundaryHead = '--b\r\ncontent-disposition: form-data; name=data\r\n\r\n'
    const body = Buffer.concat([Buffer.from(boundaryHead), randomBytes(MIB - 1_000), Buffer.from('\r\n--b--\r\n')])
    const whole = post(`${FORM}\r\nconnection: close\r\ncontent-length: ${body.length}`)
    const sockets = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const socket = await open()
        socket.on('error', () => {})
        // Listened to from the beginning: those that find no room are answered, and closed, at any time.
        let heard = ''
        socket.on('data', chunk => {
          heard += chunk.toString('latin1')
        })
        const answer = new Promise<number>(resolve => socket.once('close', () => resolve(status(heard))))
        socket.write(whole)
        socket.write(body.subarray(0, -20))
        return { socket, answer }
      }),
    )
    await until('the memory being full', async () => (await gauge('hyphae_registry_blob_bytes_in_memory')) > 5 * MIB)
    expect(await gauge('hyphae_registry_blob_bytes_in_memory')).toBeLessThanOrEqual(8 * MIB)
    for (const { socket } of sockets) socket.end(body.subarray(-20))
    const answers = await Promise.all(sockets.map(({ answer }) => answer))
    expect(answers.filter(code => code === 200).length).toBeGreaterThan(0)
    expect(answers.filter(code => code === 503).length).toBeGreaterThan(0)
    expect(process.memoryUsage.rss() - before).toBeLessThan(250 * MIB)
    await until('everything being let go', async () => (await gauge('hyphae_registry_blob_bytes_in_memory')) === 0)
  }, 20_000)

  it('from clients that do not read hold a bounded amount of memory', async () => {
    const data = new Uint8Array(randomBytes(MIB))
    const hash = await savedHash(registry.url, data)
    const sockets = await Promise.all(Array.from({ length: 80 }, () => open()))
    for (const socket of sockets) {
      socket.on('error', () => {})
      socket.pause()
      socket.write(`GET /api/v1/metadata/${hash} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(3))
    }
    // Whatever the kernel takes, the registry itself holds no more than it may.
    for (let i = 0; i < 20; i++)
      expect(await gauge('hyphae_registry_blob_bytes_in_memory')).toBeLessThanOrEqual(8 * MIB)
    for (const socket of sockets) socket.destroy()
    await until('everything being let go', async () => (await gauge('hyphae_registry_blob_bytes_in_memory')) === 0)
    expect(Buffer.compare(await readBlob(registry.url, hash), data)).toBe(0)
  }, 20_000)

  it('over more connections than allowed are turned away', async () => {
    const sockets = await Promise.all(Array.from({ length: 320 }, () => open()))
    let closed = 0
    for (const socket of sockets)
      socket
        .on('error', () => {})
        .once('close', () => closed++)
        .resume()
    await until('the surplus being closed', async () => closed >= 20)
    for (const socket of sockets) socket.destroy()
    await until('being well', async () => await isWell().catch(() => false))
  }, 20_000)
})

describe('a registry that is stopped', () => {
  it('answers what is under way, drops who only waits, and frees its port', async () => {
    const dataDir = join(folder, 'stopped')
    const mine = await startRegistry({ listen: '127.0.0.1:0', dataDir, limits: { drainMs: 3_000 } })
    const dial = () =>
      new Promise<Socket>(resolve => {
        const socket = connect({ host: mine.host, port: mine.port }, () => resolve(socket))
        socket.on('error', () => {})
      })
    const idle = await dial()
    const busy = await dial()
    let heard = ''
    busy.on('data', chunk => {
      heard += chunk.toString('latin1')
    })
    busy.write(post(`${FORM}\r\ncontent-length: ${BODY.length}`, BODY.slice(0, 50)))
    await until('the request being under way', async () => {
      const text = await (await fetch(`${mine.url}/metrics`)).text()
      return /^hyphae_registry_connections [23]$/m.test(text)
    })
    const idleClosed = new Promise<void>(resolve => idle.once('close', () => resolve()))
    const busyClosed = new Promise<void>(resolve => busy.once('close', () => resolve()))
    const closing = mine.close()
    await idleClosed
    busy.write(BODY.slice(50))
    await busyClosed
    await closing
    expect(status(heard)).toBe(200)
    expect(heard.toLowerCase()).toContain('connection: close')

    const again = await startRegistry({ listen: `127.0.0.1:${mine.port}`, dataDir })
    expect(
      Buffer.from(await readBlob(again.url, JSON.parse(heard.split('\r\n\r\n')[1] as string).hash)).toString(),
    ).toBe('hello')
    await again.close()
    await again.close()
  }, 15_000)

  it('does not wait for ever', async () => {
    const mine = await startRegistry({
      listen: '127.0.0.1:0',
      dataDir: join(folder, 'stuck'),
      limits: { drainMs: 300 },
    })
    const socket = connect({ host: mine.host, port: mine.port })
    socket.on('error', () => {})
    socket.write(post(`${FORM}\r\ncontent-length: 1000`, BODY.slice(0, 50)))
    await until('the request being there', async () =>
      /connections [12]$/m.test(await (await fetch(`${mine.url}/metrics`)).text()),
    )
    const startedAt = performance.now()
    await mine.close()
    expect(performance.now() - startedAt).toBeLessThan(2_500)
  })
})
