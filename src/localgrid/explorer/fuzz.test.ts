import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { startExplorer } from './index.js'
import { sampleGrid } from './sample-grid.fixture.js'

let url: string
let close: () => Promise<void>

beforeAll(async () => {
  const explorer = await startExplorer({ port: 0, ...sampleGrid() })
  url = explorer.url
  close = explorer.close
})

afterAll(() => close())

/** Sends bytes and hangs up; what comes back is the server's business. */
function sendRaw(bytes: Uint8Array): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => socket.end(bytes))
    socket.on('data', () => {})
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.setTimeout(1_000, () => socket.destroy())
  })
}

async function expectAlive(): Promise<void> {
  const response = await fetch(`${url}/nodes/11`)
  expect(response.status).toBe(200)
  expect(((await response.json()) as { nodeId: number }).nodeId).toBe(11)
}

const PATHS = [
  '/nodes',
  '/farms',
  '/twins',
  '/contracts',
  '/graphql',
  '/activation/activate',
  '/api/v1/status',
  '/%',
  '//',
  '/nodes/%00',
]

describe('the explorer’s port', () => {
  it('survives any bytes instead of a request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc
            .tuple(fc.constantFrom('GET', 'POST', 'X', ''), fc.constantFrom(...PATHS), fc.string(), fc.string())
            .map(([method, path, header, body]) =>
              Buffer.from(
                `${method} ${path} HTTP/1.1\r\nHost: ${header}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
              ),
            ),
        ),
        async bytes => sendRaw(bytes),
      ),
      { numRuns: 150, seed: 11 },
    )
    await expectAlive()
  })

  it('answers any query string with JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS.slice(0, 4)),
        fc.dictionary(
          fc.oneof(
            fc.string(),
            fc.constantFrom('node_id', 'page', 'size', 'sort_by', 'features', 'free_mru', 'price_min'),
          ),
          fc.oneof(fc.string(), fc.constantFrom('1', '-1', 'NaN', '__proto__', 'constructor', '99999999999999999999')),
        ),
        async (path, query) => {
          const response = await fetch(`${url}${path}?${new URLSearchParams(query)}`)
          expect([200, 400]).toContain(response.status)
          expect(await response.json()).toBeDefined()
        },
      ),
      { numRuns: 200, seed: 12 },
    )
  })

  it('answers any GraphQL with data or errors', async () => {
    const words = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ':',
      ',',
      '$',
      '!',
      '@',
      '...',
      '"',
      '"""',
      '#',
      '&',
      '|',
      '=',
      '\\',
      '\u0000',
      '1',
      '-1',
      '1e999',
      'query',
      'fragment',
      'on',
      'nodes',
      'where',
      'limit',
      'orderBy',
      'nodeID',
      'nodeID_eq',
      'nodesConnection',
      'totalCount',
      '__typename',
      '__schema',
      'true',
      'null',
      'nodeID_ASC',
      '@include(if:true)',
      '@skip',
      'AND',
      'OR',
    ) // prettier-ignore
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 40 }),
        fc.jsonValue(),
        async (parts, variables) => {
          const response = await fetch(`${url}/graphql`, {
            method: 'POST',
            body: JSON.stringify({ query: `{ nodes ${parts.join(' ')}`, variables }),
          })
          const body = (await response.json()) as { data?: unknown; errors?: unknown[] }
          expect(body.data !== undefined || (body.errors?.length ?? 0) > 0).toBe(true)
        },
      ),
      { numRuns: 300, seed: 13 },
    )
    await expectAlive()
  })

  it('answers any bytes posted to it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/graphql', '/activation/activate', '/nodes'),
        fc.oneof(
          fc.uint8Array({ maxLength: 2_000 }),
          fc.json().map(text => Buffer.from(text)),
        ),
        async (path, bytes) => {
          const response = await fetch(`${url}${path}`, { method: 'POST', body: new Uint8Array(bytes) })
          expect([400, 404]).toContain(response.status)
          await response.arrayBuffer()
        },
      ),
      { numRuns: 150, seed: 14 },
    )
    await expectAlive()
  })
})
