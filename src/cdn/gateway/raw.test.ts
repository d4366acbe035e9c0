/** What sockets can send that no client would. */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { type GatewayRig, gatewayRig, MiB } from '../../../test/support/gateway-rig.js'
import { toHex } from '../../core/hex.js'

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig({ limits: { requestTimeoutMs: 300, idleTimeoutMs: 1_500, drainMs: 500 } })
})
afterAll(() => rig.close())

/** Everything the gateway says to these bytes, until it closes the connection; at most `mostMs`. */
function say(bytes: string | Uint8Array, mostMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(rig.gateway.port, '127.0.0.1')
    const pieces: Buffer[] = []
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error('the connection stays open'))
    }, mostMs)
    socket.on('data', piece => pieces.push(piece))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(pieces).toString('latin1'))
    })
    socket.end(bytes)
  })
}

const statusOf = (reply: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(reply)?.[1])

describe('raw bytes', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['GET /\u0000 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET http://a/healthz HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n', 200],
    ['GET ftp://a/ HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['GET * HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['OPTIONS * HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n', 204],
    ['GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    ['GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello', 400],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    [`GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    ['BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
    ['\u0016\u0003\u0001\u0002\u0000', 400],
    ['GET / HTTP/1.1\r\nHos', 400],
  ]
  const named = cases.map(([bytes, status]) => [JSON.stringify(bytes).slice(0, 70), status, bytes] as const)
  it.each(named)('%s are answered with %i', async (_, status, bytes) => {
    expect(statusOf(await say(bytes))).toBe(status)
  })

  it('that never become a request are given up', async () => {
    const socket = connect(rig.gateway.port, '127.0.0.1')
    const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
    socket.on('error', () => {})
    socket.resume()
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n')
    await closed
  })

  it('of any kind leave it well', async () => {
    const saved = await rig.save({ 'a.bin': randomBytes(1000) })
    const line = (host: string, range: string, path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nRange: ${range}\r\nConnection: close\r\n\r\n`
    const printable = fc.string({ unit: 'binary-ascii', maxLength: 60 })
    const hosts = fc.oneof(fc.constant(`${rig.hostOf(saved)}:${rig.gateway.port}`), printable)
    const ranges = fc.oneof(
      printable.map(text => `bytes=${text}`),
      printable,
      fc.constant('bytes=0-5'),
    )
    const paths = fc.oneof(
      fc.constant(`/?key=${toHex(saved.key)}`),
      printable.map(text => `/${text}`),
    )
    const requests = fc.tuple(hosts, ranges, paths).map(parts => Buffer.from(line(...parts), 'latin1'))
    const anything = fc.oneof(
      requests,
      fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    )
    const heard: number[] = []
    await fc.assert(
      fc.asyncProperty(anything, async bytes => {
        const status = statusOf(await say(bytes))
        heard.push(status)
        // Nothing at all is an answer to nothing at all.
        if (bytes.length > 0 && !Number.isNaN(status))
          expect([200, 206, 400, 404, 405, 408, 416, 422, 431]).toContain(status)
      }),
      { numRuns: 300, seed: 3 },
    )
    expect(heard).toContain(400)
    expect((await rig.get('/healthz')).status).toBe(200)
    expect(rig.messages.filter(({ code }) => code === 'GATEWAY_FAILED')).toEqual([])
  })
})

describe('a client', () => {
  it('that does not read is closed, and costs no more than what is on its way', async () => {
    const saved = await rig.save({ 'big.bin': randomBytes(24 * MiB) })
    const socket = connect({ port: rig.gateway.port, host: '127.0.0.1' })
    socket.pause()
    const host = `${rig.hostOf(saved)}:${rig.gateway.port}`
    socket.write(`GET /?key=${toHex(saved.key)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const open = async () => Number(/^hyphae_gateway_connections (\d+)$/m.exec((await rig.get('/metrics')).text)?.[1])
    const deadline = Date.now() + 10_000
    // The one that asks is open too.
    while ((await open()) > 1 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50))
    expect(await open()).toBe(1)
    const sent = Number(/^hyphae_gateway_sent_bytes_total (\d+)$/m.exec((await rig.get('/metrics')).text)?.[1])
    expect(sent).toBeLessThan(20 * MiB)
    socket.destroy()
  })

  it('that goes away stops what was fetched for it alone', async () => {
    const saved = await rig.save({ 'slow.bin': randomBytes(MiB) })
    for (const place of rig.places) rig.stores.blocks.slow.set(`127.0.0.1:${place.address.port}/cdn`, 60_000)
    const socket = connect({ port: rig.gateway.port, host: '127.0.0.1' })
    const host = `${rig.hostOf(saved)}:${rig.gateway.port}`
    socket.write(`GET /?key=${toHex(saved.key)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const running = async (wanted: boolean) => {
      const deadline = Date.now() + 5_000
      while (rig.stores.blocks.running > 0 !== wanted && Date.now() < deadline) {
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      return rig.stores.blocks.running > 0
    }
    expect(await running(true)).toBe(true)
    socket.destroy()
    expect(await running(false)).toBe(false)
    rig.stores.blocks.slow.clear()
    expect((await rig.ask(saved)).status).toBe(200)
  })

  it('that goes away is forgotten with all it had asked for, also what was not its turn yet', async () => {
    const big = await rig.save({ 'first.bin': randomBytes(4 * MiB) })
    const small = await rig.save({ 'next.bin': randomBytes(MiB) })
    const slowed = await rig.save({ 'slowed.bin': randomBytes(2 * MiB) })
    await rig.ask(big)
    await rig.ask(small)
    for (const place of rig.places) rig.stores.blocks.slow.set(`127.0.0.1:${place.address.port}/cdn`, 60_000)
    const answered = async (status: number) => {
      const line = new RegExp(
        `^hyphae_gateway_requests_total\\{form="host",method="GET",status="${status}"\\} (\\d+)$`,
        'm',
      )
      return Number(line.exec((await rig.get('/metrics')).text)?.[1] ?? 0)
    }
    const before = await answered(499)
    const socket = connect({ port: rig.gateway.port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.pause()
    const request = (of: typeof big) =>
      `GET /?key=${toHex(of.key)} HTTP/1.1\r\nHost: ${rig.hostOf(of)}:${rig.gateway.port}\r\n\r\n`
    // The first is never answered, so none of the others has its turn: one with content at hand, one that waits for it.
    socket.write(request(slowed) + request(small).repeat(4) + request(big) + request(slowed))
    const until = async (isTrue: () => boolean | Promise<boolean>) => {
      const deadline = Date.now() + 5_000
      while (!(await isTrue()) && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 5))
      return await isTrue()
    }
    expect(await until(() => rig.stores.blocks.running > 0)).toBe(true)
    socket.destroy()
    expect(await until(() => rig.stores.blocks.running === 0)).toBe(true)
    expect(await until(async () => (await answered(499)) === before + 7)).toBe(true)
    rig.stores.blocks.slow.clear()
    expect((await rig.ask(slowed)).status).toBe(200)
  })

  it('that asks for more at once than it may is dropped', async () => {
    const one = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'
    const reply = await say(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n${one.repeat(2_000)}`)
    expect(reply.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(2_000)
    expect((await rig.get('/healthz')).status).toBe(200)
  })

  it('is let finish when the gateway is closed', async () => {
    const other = await gatewayRig()
    const bytes = randomBytes(2 * MiB)
    const saved = await other.save({ 'last.bin': bytes })
    for (const place of other.places) other.stores.blocks.slow.set(`127.0.0.1:${place.address.port}/cdn`, 100)
    const asked = other.ask(saved)
    while (other.stores.blocks.running === 0) await new Promise(resolve => setTimeout(resolve, 2))
    const closed = other.gateway.close()
    expect((await asked).body.equals(bytes)).toBe(true)
    await closed
    await expect(other.get('/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await other.close()
  })
})
