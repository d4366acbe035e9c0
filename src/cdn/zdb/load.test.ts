/** Many clients, large values, many keys: all right, and in bounded memory. */
import { afterEach, describe, expect, it } from '@jest/globals'

import { eventually } from '../../../test/support/eventually.js'
import { MOST_VALUE_BYTES } from './limits.js'
import { bulk, request, Wire } from './testing/wire.js'
import { ZdbRig } from './testing/zdb-rig.js'

const rig = new ZdbRig()
afterEach(() => rig.end())

const MIB = 1024 * 1024

describe('a 0-DB under load', () => {
  it('serves many clients at once, each what is its own', async () => {
    const zdb = await rig.start()
    const clients = Array.from({ length: 200 }, () => rig.client(zdb, { timeoutMs: 30_000 }))
    await Promise.all(
      clients.map(async (client, n) => {
        for (let i = 0; i < 10; i++) await client.set(`${n}/${i}`, Buffer.alloc(n * 100, `${n}/${i}`))
        for (let i = 0; i < 10; i++) {
          const value = (await client.get(`${n}/${i}`)) ?? Buffer.from('none')
          expect(Buffer.compare(value, Buffer.alloc(n * 100, `${n}/${i}`))).toBe(0)
        }
      }),
    )
    expect(await clients[0]?.size()).toBe(2000)
  })

  it('keeps writes to one key in order, small and large', async () => {
    const zdb = await rig.start()
    const client = rig.client(zdb)
    const sizes = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 200_000 + i : i))
    await Promise.all(sizes.map((size, i) => client.set('k', Buffer.alloc(size, i))))
    expect(await client.length('k')).toBe(sizes.at(-1))
    const seen: number[] = []
    let pointer: Uint8Array | undefined
    do {
      const version = await client.history('k', pointer)
      seen.push(version.value.length)
      pointer = version.previous
    } while (pointer !== undefined)
    expect(seen).toEqual(sizes.reverse())
  })

  it('takes values of 8 MiB and not a byte more, and gives them back from several connections', async () => {
    const zdb = await rig.start()
    const writers = Array.from({ length: 4 }, () => rig.client(zdb, { timeoutMs: 30_000 }))
    const value = (n: number) => Buffer.alloc(MOST_VALUE_BYTES, n + 1)
    await Promise.all(writers.map((client, n) => client.set(`k${n}`, value(n))))
    for (const [n, client] of writers.entries()) {
      const back = (await client.get(`k${(n + 1) % 4}`)) as Uint8Array
      expect(Buffer.compare(back, value((n + 1) % 4))).toBe(0)
    }
    const wire = await Wire.open(zdb)
    expect(await wire.end(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${MOST_VALUE_BYTES + 1}\r\n`)).toBe('-Payload too big\r\n')
  })

  it('holds neither the values that are asked for nor those that are sent, beyond its bounds', async () => {
    const zdb = await rig.start({ memoryBytes: 16 * MIB })
    const client = rig.client(zdb)
    await client.set('large', Buffer.alloc(8 * MIB, 1))
    const before = process.memoryUsage().rss
    // Clients that ask for 3 GB and read nothing, and clients that announce 800 MiB and send almost all of it.
    const wires = await Promise.all(Array.from({ length: 200 }, () => Wire.open(zdb)))
    for (const [i, { socket }] of wires.entries()) {
      rig.after(() => socket.destroy())
      socket.pause()
      if (i % 10 === 0) socket.write(request('GET', 'large').repeat(20))
      else if (i % 10 === 1) socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${8 * MIB}\r\n${'x'.repeat(MIB)}`)
      else socket.write(request('PING'))
    }
    // All of it has been read by the server, or is not going to be, when those behind have been answered.
    expect(await rig.client(zdb).exists('large')).toBe(true)
    expect(Math.round((process.memoryUsage().rss - before) / MIB)).toBeLessThan(700)
    for (const { socket } of wires) socket.destroy()
    await client.ping()
    expect(await client.set('again', Buffer.alloc(8 * MIB))).toBe(true)
  })

  it('does no more for a client that broke off', async () => {
    const zdb = await rig.start()
    const client = rig.client(zdb)
    await client.set('large', Buffer.alloc(8 * MIB, 1))
    const numberOf = async (name: string) => Number(new RegExp(`^${name}: ?(\\d+)`, 'm').exec(await client.info())?.[1])
    const wire = await Wire.open(zdb)
    wire.socket.pause()
    wire.socket.write(request('GET', 'large').repeat(1000))
    await eventually('the first answers', async () => (await numberOf('network_tx_bytes')) > MIB || undefined)
    // What it was sent and has not read makes its end a reset.
    wire.socket.destroy()
    await eventually('nobody asking but we', async () => {
      const before = await numberOf('commands_executed')
      for (let i = 0; i < 50; i++) await client.ping()
      return (await numberOf('commands_executed')) - before === 51
    })
    expect((await numberOf('data_disk_read_bytes')) / MIB).toBeLessThan(5 * 8)
  })

  it('ends a connection that stopped in the middle of a request, and keeps one that only waits', async () => {
    const zdb = await rig.start({ stallMs: 50 })
    const idle = await Wire.open(zdb)
    rig.after(() => idle.socket.destroy())
    expect(await idle.line(request('PING'))).toBe('+PONG\r\n')
    const stuck = await Wire.open(zdb)
    expect(await stuck.end('*2\r\n$3\r\nGET\r\n$5\r\nhel')).toBe('')
    expect(await idle.line(request('PING'))).toBe('+PONG\r\n')
  })

  it('takes no more connections than it was told', async () => {
    const zdb = await rig.start({ maxClients: 2 })
    const two = [await Wire.open(zdb), await Wire.open(zdb)]
    for (const wire of two) expect(await wire.line(request('PING'))).toBe('+PONG\r\n')
    const third = await Wire.open(zdb)
    expect(await third.end(request('PING'))).toBe('')
    for (const { socket } of two) socket.destroy()
  })

  it('answers what is under way when it is closed', async () => {
    const zdb = await rig.start()
    const wire = await Wire.open(zdb)
    const value = 'x'.repeat(MIB)
    const answer = wire.ask(request('SET', 'k', value) + request('PING'), bulk('k'))
    await wire.socket.writableNeedDrain
    expect(await answer).toContain(bulk('k'))
    await zdb.close()
    await zdb.close()
    expect(await wire.end(request('PING'))).toBe('')
  })

  it('starts again quickly with many keys', async () => {
    const dataDir = await rig.folder()
    const first = await rig.start({ dataDir })
    const client = rig.client(first, { timeoutMs: 60_000 })
    for (let i = 0; i < 20_000; i += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, j) => client.set(`key ${i + j}`, `value of ${i + j}`)))
    }
    await first.close()
    const startedAt = performance.now()
    const second = await rig.start({ dataDir })
    // 100 000 take a quarter of a second on a busy machine of two cores.
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(await rig.client(second).size()).toBe(20_000)
  }, 30_000)
})
