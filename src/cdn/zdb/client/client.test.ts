/** What a client does when the way to the server is not good. */
import { createServer, type Socket } from 'node:net'

import { afterEach, describe, expect, it } from '@jest/globals'

import { Secret } from '../../../core/secret.js'
import { ZdbRig } from '../testing/zdb-rig.js'
import { ZdbPool } from './zdb-pool.js'

const rig = new ZdbRig()
afterEach(() => rig.end())

/** A server that does as it is told with every connection. */
async function fake(onConnection: (socket: Socket, nth: number) => void, port = 0) {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket, ++connections)
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>(resolve => void server.close(() => resolve()))
  }
  rig.after(close)
  return {
    host: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    close,
    get connections() {
      return connections
    },
  }
}

const answers = (answer: string) => (socket: Socket) => void socket.on('data', () => socket.write(answer))
const silent = (socket: Socket) => void socket.resume()
const never = new Promise<never>(() => {})

/** How many requests are in bytes that each have one argument less than 10 long. */
const countRequests = (bytes: Buffer) => bytes.toString('latin1').split('*').length - 1

describe('a client', () => {
  it('opens nothing before it is used', async () => {
    const server = await fake(silent)
    await rig.client(server).close()
    expect(server.connections).toBe(0)
  })

  it('sends many requests one behind the other, and gives each its answer', async () => {
    const zdb = await rig.start()
    const client = rig.client(zdb, { maxPending: 5000 })
    const keys = Array.from({ length: 5000 }, (_, i) => `key ${i}`)
    expect(await Promise.all(keys.map(key => client.set(key, `value of ${key}`)))).toEqual(keys.map(() => true))
    const values = await Promise.all(keys.map(key => client.get(key)))
    expect(values.map(value => Buffer.from(value ?? []).toString())).toEqual(keys.map(key => `value of ${key}`))
  })

  it('says that nobody is there, at once, also while it does not try', async () => {
    const server = await fake(silent)
    await server.close()
    const client = rig.client(server, { reconnect: { firstMs: 60_000, factor: 1, maxMs: 60_000 } })
    for (let i = 0; i < 3; i++) await expect(client.get('k')).rejects.toMatchObject({ code: 'ZDB_UNREACHABLE' })
  })

  it('waits for a server that comes later, when it is asked to', async () => {
    const gone = await fake(silent)
    await gone.close()
    const client = rig.client(gone, { waitForServer: true, reconnect: { firstMs: 5, factor: 2, maxMs: 20 } })
    const answer = client.exists('k')
    await fake(answers(':1\r\n'), gone.port)
    expect(await answer).toBe(true)
  })

  it('ends a wait at its deadline, and the connection on which nothing comes', async () => {
    const server = await fake(silent)
    const client = rig.client(server, { timeoutMs: 50 })
    await expect(client.get('k')).rejects.toMatchObject({ code: 'DEADLINE' })
    await expect(client.get('k')).rejects.toMatchObject({ code: 'DEADLINE' })
    expect(server.connections).toBe(2)
    expect(client.pending).toBe(0)
  })

  it('ends a wait by its signal, and goes on with the others', async () => {
    let socket: Socket | undefined
    const received = new Promise<void>(resolve => {
      void fake(one => {
        socket = one
        let seen = 0
        one.on('data', chunk => {
          seen += countRequests(chunk)
          if (seen === 2) resolve()
        })
      }).then(server => {
        client = rig.client(server)
        start()
      })
    })
    let client = undefined as never as ReturnType<typeof rig.client>
    const controller = new AbortController()
    let first: Promise<unknown> = never
    let second: Promise<unknown> = never
    const start = () => {
      first = client.exists('first', { signal: controller.signal })
      first.catch(() => {})
      second = client.exists('second')
    }
    await received
    controller.abort(new Error('enough'))
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    socket?.write(':0\r\n:1\r\n')
    expect(await second).toBe(true)
    await expect(client.get('k', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('asks again over a new connection what can be asked twice, with its rights and namespace', async () => {
    const asked: string[] = []
    const server = await fake((socket, nth) => {
      socket.on('data', chunk => {
        asked.push(
          `${nth} ${chunk
            .toString()
            .replace(/\r\n/g, ' ')
            .replace(/[*$]\d+ /g, '')
            .trim()}`,
        )
        if (chunk.includes('GET') && nth === 1) socket.destroy()
        else socket.write(chunk.includes('GET') ? '$2\r\nhi\r\n' : '+OK\r\n')
      })
    })
    const client = rig.client(server, {
      namespace: 'ns',
      password: 'pw',
      adminPassword: new Secret('boss'),
      secure: false,
    })
    expect(Buffer.from((await client.get('k')) ?? []).toString()).toBe('hi')
    expect(asked).toEqual(['1 AUTH boss', '1 SELECT ns pw', '1 GET k', '2 AUTH boss', '2 SELECT ns pw', '2 GET k'])
  })

  it('does not ask twice what would be done twice', async () => {
    const server = await fake(socket => void socket.on('data', () => socket.destroy()))
    const client = rig.client(server)
    await expect(client.append('v')).rejects.toMatchObject({ code: 'ZDB_CONNECTION' })
    expect(server.connections).toBe(1)
    await expect(client.get('k')).rejects.toMatchObject({ code: 'ZDB_CONNECTION' })
    expect(server.connections).toBe(4)
  })

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'ZDB_PROTOCOL'],
    ['$-7\r\n', 'ZDB_PROTOCOL'],
    [':1\r\n', 'ZDB_PROTOCOL'],
    ['*1\r\n$1\r\nx\r\n', 'ZDB_PROTOCOL'],
    ['$99999999999\r\n', 'ZDB_PROTOCOL'],
    ['-Key too large\r\n', 'ZDB_TOO_LARGE'],
    ['-WRONGTYPE something else\r\n', 'ZDB_REFUSED'],
  ])('refuses the answer %j to GET with %s', async (answer, code) => {
    await expect(rig.client(await fake(answers(answer))).get('k')).rejects.toMatchObject({ code })
  })

  it('believes nothing of a server that answers what nobody asked', async () => {
    const client = rig.client(await fake(answers('$1\r\na\r\n$1\r\nb\r\n')))
    expect(Buffer.from((await client.get('k')) ?? []).toString()).toBe('a')
    expect(Buffer.from((await client.get('k')) ?? []).toString()).toBe('a')
  })

  it('takes no more than it may hold', async () => {
    const client = rig.client(await fake(silent), { maxPending: 3, maxPendingBytes: 100, timeoutMs: 200 })
    const held = [client.get('a'), client.get('b')]
    await expect(client.set('k', Buffer.alloc(101))).rejects.toMatchObject({ code: 'ZDB_BUSY' })
    held.push(client.get('c'))
    await expect(client.get('d')).rejects.toMatchObject({ code: 'ZDB_BUSY' })
    for (const { status } of await Promise.allSettled(held)) expect(status).toBe('rejected')
    await expect(client.set('k', Buffer.alloc(8 * 1024 * 1024 + 1))).rejects.toMatchObject({ code: 'ZDB_TOO_LARGE' })
  })

  it('lets what is under way end when it is closed, and nothing begin', async () => {
    const zdb = await rig.start()
    const client = rig.client(zdb)
    const writes = Array.from({ length: 100 }, (_, i) => client.set(`k${i}`, Buffer.alloc(100_000, i)))
    const closed = client.close()
    await expect(client.get('k')).rejects.toMatchObject({ code: 'ZDB_CLOSED' })
    await closed
    expect(await Promise.all(writes)).toHaveLength(100)
    expect(await rig.client(zdb).size()).toBe(100)
  })

  it('waits no longer than it was told when it is closed', async () => {
    const client = rig.client(await fake(silent))
    const answer = client.get('k')
    answer.catch(() => {})
    await client.exists('k', { timeoutMs: 20 }).catch(() => {})
    await client.close({ drainMs: 10 })
    await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(/^ZDB_/) })
  })

  it('shows no password', async () => {
    const server = await fake(answers('-Access denied\r\n'))
    const client = rig.client(server, { namespace: 'ns', password: 'hush', secure: false })
    const error = await client.get('k').catch(one => one)
    expect(error.code).toBe('ZDB_ACCESS')
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('hush')
  })

  it('finds names that end in .localhost on this machine', async () => {
    const { port } = await rig.start()
    await rig.client({ host: 'zdb.of.mine.localhost', port }).ping()
  })
})

describe('a pool', () => {
  it('has a few connections to a place, uses them again, and closes those nobody needs', async () => {
    const zdb = await rig.start()
    const pool = new ZdbPool({ perPlace: 3, idleMs: 100 })
    rig.after(() => pool.close())
    const place = { host: zdb.host, port: zdb.port }
    await Promise.all(Array.from({ length: 200 }, (_, i) => pool.use(place, client => client.set(`k${i}`, 'v'))))
    expect(pool.size).toBe(3)
    expect(await pool.use(place, client => client.size())).toBe(200)
    const endsAt = Date.now() + 5000
    while (pool.size > 0 && Date.now() < endsAt) await new Promise(resolve => setTimeout(resolve, 10))
    expect(pool.size).toBe(0)
    expect(await pool.use(place, client => client.size())).toBe(200)
  })

  it('has a bounded number in all: the oldest idle one makes room, otherwise one waits', async () => {
    const zdb = await rig.start()
    const pool = new ZdbPool({ perPlace: 1, maxConnections: 2, timeoutMs: 100 })
    rig.after(() => pool.close())
    const place = (namespace: string) => ({ host: zdb.host, port: zdb.port, namespace })
    for (const name of ['a', 'b', 'c']) {
      await pool.use(place('default'), client => client.createNamespace(name))
      await pool.use(place(name), client => client.set('k', name))
      expect(pool.size).toBeLessThanOrEqual(2)
    }
    const gates: (() => void)[] = []
    const hold = () => new Promise<void>(resolve => gates.push(resolve))
    const users = [pool.use(place('a'), hold), pool.use(place('b'), hold)]
    const late = pool.use(place('c'), client => client.exists('k'), { timeoutMs: 5000 })
    await expect(pool.use(place('c'), client => client.exists('k'))).rejects.toMatchObject({ code: 'DEADLINE' })
    const aborted = pool.use(place('c'), client => client.exists('k'), { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' })
    while (gates.length < 2) await new Promise(resolve => setImmediate(resolve))
    gates[0]?.()
    expect(await late).toBe(true)
    gates[1]?.()
    await Promise.all(users)
  })

  it('takes nothing any more when it was closed', async () => {
    const pool = new ZdbPool()
    await pool.close()
    await expect(pool.use({ host: '127.0.0.1', port: 1 }, client => client.ping())).rejects.toMatchObject({
      code: 'ZDB_CLOSED',
    })
  })
})
