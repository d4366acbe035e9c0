/**
 * Telling a running local grid what to do, over HTTP on loopback:
 *
 *     GET    /status                            height, nodes and their deployments
 *     GET    /faults                            what is active
 *     POST   /faults     {kind, …, times?}      {id}
 *     DELETE /faults, /faults/ID
 *     POST   /chain/advance {blocks}            lets time pass: six seconds a block
 *     POST   /fund       {address, tft}
 *     POST   /identities                        {mnemonic, address, twinId}: a new funded account
 *
 * Whoever can reach loopback may use it, so web pages must not: requests that come for another host name (DNS
 * rebinding) or from another origin are refused.
 */
import type { Context, Hono } from 'hono'

import { LocalGridError } from '../../errors/localgrid.js'
import type { FaultBoard } from '../faults.js'
import { type HttpService, serveHttp } from '../http-service.js'
import type { NewIdentity } from '../identities.js'
import type { ChainControl, NodeDirectory } from '../ports.js'
import { adminRequests } from './requests.js'

export interface AdminOptions {
  /** A free one when 0. */
  readonly port: number
  readonly chain: ChainControl
  readonly nodes: NodeDirectory
  readonly faults: FaultBoard
  /** Adds so much to the account. @throws {LocalGridError} LOCALGRID_REQUEST */
  readonly fund: (address: string, tft: number | string) => Promise<void>
  readonly newIdentity: () => Promise<NewIdentity>
}

const MAX_BODY_BYTES = 16 * 1024

/** @throws {LocalGridError} LOCALGRID_PORT */
export async function startAdmin(options: AdminOptions): Promise<HttpService> {
  const [{ Hono }, { bodyLimit }, { getRequestListener }] = await Promise.all([
    import('hono'),
    import('hono/body-limit'),
    import('@hono/node-server'),
  ])
  const app = new Hono()
  app.use(async (c, next) => (isFromHere(c) ? next() : c.json({ error: 'only for programs on this machine' }, 403)))
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: c => c.json({ error: 'the request is too large' }, 413) }))
  addRoutes(app, options)
  const listener = getRequestListener(app.fetch, { errorHandler: () => new Response(null, { status: 400 }) })
  return serveHttp(listener, options.port, 'the admin API')
}

function addRoutes(app: Hono, options: AdminOptions): void {
  const { chain, faults } = options
  const requests = adminRequests()

  app.get('/status', c => c.json(statusOf(options)))
  app.get('/faults', c => c.json({ faults: faults.list() }))
  app.post('/faults', async c => c.json({ id: faults.set(await requests.fault(await c.req.text())) }, 201))
  app.delete('/faults', c => {
    faults.clear()
    return c.json({})
  })
  app.delete('/faults/:id', c => {
    const id = Number(c.req.param('id'))
    if (!faults.list().some(active => active.id === id)) return c.json({ error: 'no such fault' }, 404)
    faults.clear(id)
    return c.json({})
  })
  app.post('/chain/advance', async c => {
    const { blocks } = await requests.advance(await c.req.text())
    await chain.advance(blocks)
    return c.json({ height: chain.height() })
  })
  app.post('/fund', async c => {
    const { address, tft } = await requests.fund(await c.req.text())
    await options.fund(address, tft)
    return c.json({ address, freeUnits: String(chain.balance(address).free) })
  })
  app.post('/identities', async c => c.json(await options.newIdentity(), 201))

  app.notFound(c => c.json({ error: 'not found' }, 404))
  app.onError((error, c) => {
    if (error instanceof LocalGridError && error.code === 'LOCALGRID_REQUEST') {
      return c.json({ error: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }, 400)
    }
    return c.json({ error: 'internal error' }, 500)
  })
}

function statusOf({ chain, nodes, faults }: AdminOptions) {
  return {
    height: chain.height(),
    timeMs: chain.nowMs(),
    twins: chain.twins().length,
    contracts: chain.contracts().filter(contract => contract.state.kind !== 'deleted').length,
    faults: faults.list().length,
    nodes: chain.nodes().map(({ id }) => ({
      nodeId: id,
      kind: nodes.kind(id) ?? 'unknown',
      up: nodes.up(id),
      deployments: chain.activeNodeContracts(id).length,
    })),
  }
}

/** Of a browser's requests, those of other pages name another host or their origin. */
function isFromHere(c: Context): boolean {
  const host = c.req.header('host') ?? ''
  const origin = c.req.header('origin')
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host)) return false
  return origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`
}
