import { request as httpRequest } from 'node:http'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { LocalGridError } from '../../errors/localgrid.js'
import { ALICE, sampleGrid } from '../explorer/sample-grid.fixture.js'
import { startAdmin } from './index.js'

const grid = sampleGrid()
const advanced: number[] = []
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  const admin = await startAdmin({
    port: 0,
    ...grid,
    chain: { ...grid.chain, advance: async blocks => void advanced.push(blocks) },
    fund: async (address, tft) => {
      if (address !== ALICE) throw new LocalGridError('LOCALGRID_REQUEST', 'the address is not one')
      grid.endowed.set(address, BigInt(tft))
    },
    newIdentity: async () => ({ mnemonic: 'some words', address: ALICE, twinId: 9 }),
  })
  url = admin.url
  close = admin.close
})

beforeEach(() => grid.faults.clear())
afterAll(() => close())

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the server sends
async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const init =
    body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(`${url}${path}`, init)
  return { status: response.status, body: await response.json() }
}

describe('the admin API', () => {
  it('sets faults, shows them and clears them', async () => {
    const { status, body } = await call('POST', '/faults', { kind: 'silent-node', nodeId: 11, times: 2 })
    expect(status).toBe(201)
    expect((await call('GET', '/faults')).body.faults).toEqual([
      { id: body.id, fault: { kind: 'silent-node', nodeId: 11, times: 2 }, struck: 0 },
    ])
    expect(grid.faults.strike('silent-node', fault => fault.nodeId === 11)).toBeDefined()
    expect((await call('DELETE', `/faults/${body.id}`)).status).toBe(200)
    expect((await call('DELETE', `/faults/${body.id}`)).status).toBe(404)
    await call('POST', '/faults', { kind: 'nonce-clash' })
    await call('POST', '/faults', { kind: 'kyc', status: 'PENDING' })
    await call('DELETE', '/faults')
    expect(grid.faults.list()).toEqual([])
  })

  it.each([
    { kind: 'slow-node', nodeId: 11, delayMs: 5 },
    { kind: 'failing-workload' },
    { kind: 'failing-workload', nodeId: 1, name: 'vm', message: 'no' },
    { kind: 'slow-workload', delayMs: 1 },
    { kind: 'full-disk', nodeId: 1 },
    { kind: 'foreign-signature', nodeId: 1 },
    { kind: 'slow-finality', delayMs: 1 },
    { kind: 'no-funds' },
    { kind: 'chain-restart', downMs: 10 },
    { kind: 'dropped-relay' },
    { kind: 'lost-frames' },
    { kind: 'duplicated-frames' },
    { kind: 'reordered-frames' },
    { kind: 'garbage-explorer', service: 'graphql' },
    { kind: 'silent-explorer' },
  ])('takes %j', async fault => {
    expect((await call('POST', '/faults', fault)).status).toBe(201)
    expect(grid.faults.list().map(active => active.fault)).toEqual([fault])
  })

  it.each([
    [{ kind: 'sunspots' }, /kind must be one of silent-node, /],
    [{ kind: '__proto__' }, /kind must be one of/],
    [{}, /kind must be one of/],
    ['null', /kind must be one of/],
    ['{', /not JSON/],
    [{ kind: 'silent-node' }, /nodeId/],
    [{ kind: 'silent-node', nodeId: '11' }, /nodeId must be integer/],
    [{ kind: 'nonce-clash', nodeId: 11 }, /nodeId/],
    [{ kind: 'nonce-clash', times: 0 }, /times/],
    [{ kind: 'garbage-explorer', service: 'soap' }, /service/],
  ])('refuses the fault %j and says why', async (fault, why) => {
    const { status, body } = await call('POST', '/faults', fault)
    expect(status).toBe(400)
    expect(body.error).toMatch(why)
    expect(grid.faults.list()).toEqual([])
  })

  it('lets time pass, gives money and draws identities', async () => {
    expect((await call('POST', '/chain/advance', { blocks: 10 })).body).toEqual({ height: 42 })
    expect(advanced).toEqual([10])
    expect((await call('POST', '/fund', { address: ALICE, tft: 5 })).body).toEqual({ address: ALICE, freeUnits: '5' })
    expect((await call('POST', '/identities')).body).toMatchObject({ twinId: 9 })
    expect((await call('GET', '/status')).body).toMatchObject({
      height: 42,
      twins: 2,
      nodes: [{ nodeId: 11, deployments: 2 }, {}, {}, {}, {}],
    })
  })

  it.each([
    ['/chain/advance', { blocks: 0 }],
    ['/chain/advance', { blocks: 1e9 }],
    ['/chain/advance', {}],
    ['/fund', { address: 'x', tft: 1 }],
    ['/fund', { address: ALICE }],
    ['/fund', 'garbage'],
  ])('%s refuses %j', async (path, body) => {
    expect((await call('POST', path, body)).status).toBe(400)
  })

  it.each([
    [{ host: 'evil.example' }, 403],
    [{ host: '127.0.0.1.evil.example:80' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ host: 'localhost:1' }, 200],
    [{ host: '127.0.0.1:1', origin: 'http://127.0.0.1:1' }, 200],
  ])('answers a request with %j by %i', async (headers, expected) => {
    const status = await new Promise((resolve, reject) => {
      httpRequest(`${url}/faults`, { headers }, response => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(expected)
  })

  it('survives any body', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/faults', '/fund', '/chain/advance'),
        fc.oneof(
          fc.json().map(text => Buffer.from(text)),
          fc.uint8Array({ maxLength: 500 }),
        ),
        async (path, body) => {
          const response = await fetch(`${url}${path}`, { method: 'POST', body: new Uint8Array(body) })
          expect(response.status).toBe(400)
          await response.arrayBuffer()
        },
      ),
      { numRuns: 100, seed: 21 },
    )
    expect((await call('POST', '/faults', 'x'.repeat(20_000))).status).toBe(413)
  })
})
