/**
 * The indexes and small services of a local grid, behind one port of loopback: REST proxy, GraphQL, activation, KYC and
 * the terms document. It keeps nothing of its own: every answer is read from the chain and the running nodes.
 */
import type { Hono } from 'hono'

import { LocalGridError } from '../../errors/localgrid.js'
import type { FaultBoard } from '../faults.js'
import { type HttpService, serveHttp } from '../http-service.js'
import type { Kyc } from '../kyc.js'
import type { ChainControl, NodeDirectory } from '../ports.js'
import { activate } from './activation.js'
import { type Garbage, type Misbehaviour, misbehaviour } from './faults.js'
import { createGraphqlEndpoint, type GraphqlEndpoint } from './graphql/endpoint.js'
import { addRestRoutes } from './rest/routes.js'
import { TERMS } from './terms.js'
import { World } from './world.js'

export interface ExplorerOptions {
  /** A free one when 0. */
  readonly port: number
  readonly chain: ChainControl
  readonly nodes: NodeDirectory
  readonly faults: FaultBoard
  readonly kyc: Kyc
}

/** What `/version` says: that of the proxy whose answers these are. */
const VERSION = 'v0.17.0-local'
const MAX_BODY_BYTES = 512 * 1024

/** Starts the explorer.
 *
 * @throws {LocalGridError} LOCALGRID_PORT
 */
export async function startExplorer(options: ExplorerOptions): Promise<HttpService> {
  const [hono, { bodyLimit }, { getRequestListener }, graphql] = await loadExplorer()
  const mischief = misbehaviour(options.faults)
  const app = new hono.Hono()
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: c => c.json({ error: 'the request is too large' }, 413) }))
  addRoutes(app, options, graphql, mischief)

  // hono would answer what it cannot read as an URL with a stack trace on the console.
  const listener = getRequestListener(app.fetch, { errorHandler: () => new Response(null, { status: 400 }) })
  const service = await serveHttp(listener, options.port, 'the explorer')
  return {
    url: service.url,
    close: () => {
      mischief.close()
      return service.close()
    },
  }
}

/** Begins to load what the explorer needs; the modules stay loaded. */
export function loadExplorer() {
  return Promise.all([import('hono'), import('hono/body-limit'), import('@hono/node-server'), createGraphqlEndpoint()])
}

function addRoutes(app: Hono, options: ExplorerOptions, graphql: GraphqlEndpoint, mischief: Misbehaviour): void {
  const { chain, nodes, kyc } = options
  const look = () => new World(chain, nodes)

  app.get('/api/v1/status', c => {
    const { client_id: account, twin_id: twin } = c.req.query()
    const status = account ? kyc.ofAccount(account) : kyc.ofTwin(/^\d{1,9}$/.test(twin ?? '') ? Number(twin) : 0)
    if (status === 'UNVERIFIED') return c.json({ error: 'no verification found' }, 404)
    return c.json({ result: { status } })
  })
  app.post('/activation/activate', async c => {
    activate(chain, await c.req.text())
    return c.json({ status: 'ok' })
  })
  app.get('/activation/activate', c => c.json({ status: 'ok' }))
  app.get('/terms', c => c.text(TERMS))

  app.post('/graphql', async c => {
    const garbage = await mischief.strike('graphql', c.req.raw.signal)
    if (garbage) return garbled(garbage)
    const { status, body } = await graphql.answer(await c.req.text(), look())
    return c.json(body, status)
  })

  app.use(async (c, next) => {
    const garbage = await mischief.strike('rest', c.req.raw.signal)
    return garbage ? garbled(garbage) : next()
  })
  addRestRoutes(app, look, VERSION)

  app.notFound(c => c.json({ error: 'not found' }, 404))
  app.onError((error, c) => {
    if (error instanceof LocalGridError && error.code === 'LOCALGRID_REQUEST')
      return c.json({ error: error.message }, 400)
    return c.json({ error: 'internal error' }, 500)
  })
}

function garbled({ status, contentType, body }: Garbage): Response {
  return new Response(body, { status, headers: { 'content-type': contentType } })
}
