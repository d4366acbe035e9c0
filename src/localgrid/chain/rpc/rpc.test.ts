import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { WebSocket } from 'ws'

import { type Fixture, startFixture } from '../testing/chain-fixture.js'

let chain: Fixture
beforeAll(async () => {
  chain = await startFixture()
})
afterAll(() => chain?.close())

const http = () => chain.url.replace('ws:', 'http:')
const post = async (body: string): Promise<unknown> => {
  const response = await fetch(http(), { method: 'POST', body })
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}
const rpc = async (method: string, ...params: unknown[]) =>
  (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))) as {
    result?: unknown
    error?: { code: number }
  }
const alive = async () => expect((await rpc('system_health')).result).toMatchObject({ isSyncing: false })

const open = () =>
  new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(chain.url)
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
const closed = (socket: WebSocket) => new Promise(resolve => socket.once('close', resolve))
const reply = (socket: WebSocket) =>
  new Promise<{ id?: unknown; error?: { code: number }; result?: unknown }>(resolve =>
    socket.once('message', data => resolve(JSON.parse(String(data)))),
  )

describe('JSON-RPC', () => {
  it.each([
    ['{', -32700],
    ['', -32700],
    ['null', -32600],
    ['7', -32600],
    ['"text"', -32600],
    ['[]', -32600],
    ['{}', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"system_health"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"system_health"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"system_health","params":{"a":1}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"no_such"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"state_subscribeStorage","params":[]}', -32601],
  ])('answers %s with %i', async (body, code) => {
    expect(await post(body)).toMatchObject({ jsonrpc: '2.0', error: { code } })
  })

  it.each<[string, unknown[], number]>([
    ['chain_getBlockHash', ['x'], -32602],
    ['chain_getBlockHash', [-1], -32602],
    ['chain_getHeader', ['0x12'], -32602],
    ['state_getStorage', ['0xabc'], -32602],
    ['state_getStorage', ['0xab', `0x${'00'.repeat(32)}`], 4003],
    ['state_getKeysPaged', ['0x', 100_000], 4002],
    ['state_queryStorageAt', ['0x'], -32602],
    ['state_call', ['No_such_function', '0x'], 4003],
    ['state_call', ['__proto__', '0x'], 4003],
    ['state_call', ['AccountNonceApi_account_nonce', '0x12'], 4003],
    ['state_call', ['TransactionPaymentApi_query_info', '0x12'], 4003],
    ['payment_queryInfo', ['0x1234'], 1001],
    ['system_accountNextIndex', ['nobody'], -32602],
    ['author_submitExtrinsic', [7], -32602],
  ])('%s(%j) is refused with %i', async (method, params, code) => {
    expect((await rpc(method, ...params)).error?.code).toBe(code)
  })

  it('answers batches in order, without notifications, and not beyond a size', async () => {
    const request = (id: number) => ({ jsonrpc: '2.0', id, method: 'system_chainType' })
    const silent = { jsonrpc: '2.0', method: 'system_chainType' }
    const replies = (await post(JSON.stringify([request(1), silent, 7, request(2)]))) as { id: unknown }[]
    expect(replies.map(r => r.id)).toEqual([1, null, 2])
    expect(await post(JSON.stringify([silent]))).toBeUndefined()
    expect(await post(JSON.stringify(Array.from({ length: 300 }, (_, i) => request(i))))).toMatchObject({
      error: { code: -32010 },
    })
  })

  it('lists its methods and answers a health check', async () => {
    const { methods } = (await rpc('rpc_methods')).result as { methods: string[] }
    expect(methods).toEqual(expect.arrayContaining(['state_queryStorageAt', 'author_submitAndWatchExtrinsic']))
    expect(await (await fetch(`${http()}/health`)).json()).toEqual({
      peers: 0,
      isSyncing: false,
      shouldHavePeers: false,
    })
    expect((await fetch(http(), { method: 'DELETE' })).status).toBe(405)
  })

  it('ends subscriptions and bounds them', async () => {
    const socket = await open()
    let id = ''
    let refused = 0
    for (let i = 0; i < 1030; i++) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: i, method: 'state_subscribeStorage', params: [[]] }))
    }
    await new Promise<void>(resolve => {
      socket.on('message', data => {
        const message = JSON.parse(String(data))
        if (message.result) id = message.result
        if (message.error?.code === -32006) refused++
        if (message.id === 1029) resolve()
      })
    })
    expect(refused).toBe(6)
    socket.removeAllListeners('message')
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'u', method: 'state_unsubscribeStorage', params: [id] }))
    expect((await reply(socket)).result).toBe(true)
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'u', method: 'state_unsubscribeStorage', params: [id] }))
    expect((await reply(socket)).result).toBe(false)
    socket.close()
    await closed(socket)
  })
})

describe('the port', () => {
  it('survives any text in a frame', async () => {
    const socket = await open()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.string()), async text => {
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'system_chain' }))
        expect(await reply(socket)).toHaveProperty('result')
        socket.send(text)
        for (const answer of [await reply(socket)].flat()) expect(answer).toHaveProperty('error')
      }),
      { numRuns: 200 },
    )
    socket.close()
  })

  it('survives any parameters of any method', async () => {
    const { methods } = (await rpc('rpc_methods')).result as { methods: string[] }
    const socket = await open()
    const value = fc.oneof(
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 80 }).map(bytes => `0x${Buffer.from(bytes).toString('hex')}`),
      fc.constant(null),
    )
    let expected = 0
    const answered = new Promise<void>(resolve => {
      socket.on('message', data => {
        const { id, error } = JSON.parse(String(data))
        expect(error?.code).not.toBe(-32603)
        if (id === 'end') resolve()
        else if (id !== undefined) expected--
      })
    })
    fc.assert(
      fc.property(fc.constantFrom(...methods), fc.array(value, { maxLength: 4 }), (method, params) => {
        expected++
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
      }),
      { numRuns: 1000 },
    )
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'end', method: 'system_health' }))
    await answered
    expect(expected).toBe(0)
    socket.close()
  })

  it('survives truncated and changed extrinsics', async () => {
    const { connect } = await import('../testing/chain-fixture.js')
    const api = await connect(chain.url)
    const calls = [
      api.tx.smartContractModule!.createNodeContract!(11, '1'.repeat(32), '{}', 1, null),
      api.tx.utility!.batchAll!([api.tx.tfkvStore!.set!('k', 'v')]),
    ]
    const signed = await Promise.all(calls.map(tx => tx.signAsync(chain.user, { nonce: 0 })))
    const valid = signed.map(tx => tx.toU8a())
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...valid),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        async (bytes, at, value, cut) => {
          const changed = Uint8Array.from(cut ? bytes.subarray(0, at % bytes.length) : bytes)
          if (!cut) changed[at % changed.length] = value
          const { error } = await rpc('author_submitExtrinsic', `0x${Buffer.from(changed).toString('hex')}`)
          expect(error?.code).not.toBe(-32603)
        },
      ),
      { numRuns: 300 },
    )
    await api.disconnect()
    await alive()
  })

  it('survives bytes that are neither HTTP nor WebSocket', async () => {
    const port = Number(new URL(http()).port)
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        bytes =>
          new Promise<void>(resolve => {
            const socket = connectTcp(port, '127.0.0.1', () => socket.end(bytes))
            socket.on('error', () => {})
            socket.on('close', () => resolve())
            socket.resume()
          }),
      ),
      { numRuns: 60 },
    )
    const upgraded = await open()
    const raw = (upgraded as unknown as { _socket: import('node:net').Socket })._socket
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00]))
    await closed(upgraded)
    await alive()
  })

  it('cuts off who sends more than 15 MiB', async () => {
    const socket = await open()
    socket.on('error', () => {})
    const end = closed(socket)
    socket.send('x'.repeat((15 << 20) + 1))
    await end
    await expect(post('x'.repeat((15 << 20) + 1))).rejects.toThrow()
    await alive()
  })

  it('cannot be had twice', async () => {
    const { startChain } = await import('../index.js')
    const { memoryStore } = await import('../../ports.js')
    const port = Number(new URL(http()).port)
    const second = startChain({ port, store: memoryStore(), faults: chain.faults })
    await expect(second).rejects.toMatchObject({ code: 'LOCALGRID_PORT' })
  })
})
