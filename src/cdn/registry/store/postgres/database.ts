/**
 * The connections to PostgreSQL: so many at once, so many statements waiting for one, each until its deadline. A statement
 * that fails because the database was stopped, restarted or out of reach is sent again: everything the registry does may be
 * done twice. The pool replaces connections that have died.
 */
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg'

import { Deadline } from '../../../../core/deadline.js'
import { delays } from '../../../../core/retry.js'
import { RegistryError } from '../../../../errors/registry.js'
import { DeadlineError } from '../../../../errors/wait.js'
import type { Host } from '../../../../events/host.js'
import { Gate } from '../../guard/gate.js'
import type { PostgresPlace } from './address.js'
import { failureKind } from './failure.js'

export interface DatabaseLimits {
  readonly connections: number
  readonly mostWaiting: number
  /** For one statement, with everything it waits for and is repeated for. */
  readonly timeoutMs: number
}

export interface Statement {
  /** Prepared once for each connection. */
  readonly name: string
  readonly text: string
}

export interface Database {
  readonly shown: string
  query<R extends QueryResultRow>(
    what: string,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<QueryResult<R>>
  /** One connection for several statements; not repeated. */
  session<T>(what: string, work: (client: PoolClient) => Promise<T>): Promise<T>
  /** One attempt. */
  ping(): Promise<void>
  gauges(): Readonly<Record<string, number>>
  close(): Promise<void>
}

const RETRY = { firstMs: 25, factor: 2, maxMs: 500, jitter: 0.5 }
const CONNECT_MS = 3_000
const IDLE_MS = 60_000

export async function openDatabase(place: PostgresPlace, limits: DatabaseLimits, host: Host): Promise<Database> {
  const { default: pg } = await import('pg')
  const pool: Pool = new pg.Pool({
    ...place.config,
    max: limits.connections,
    connectionTimeoutMillis: Math.min(CONNECT_MS, limits.timeoutMs),
    idleTimeoutMillis: IDLE_MS,
    // The driver's own watch over each statement: a connection that is silent is given up.
    query_timeout: limits.timeoutMs,
    keepAlive: true,
    application_name: 'hyphae registry',
  })
  const gate = new Gate({ most: limits.connections, mostWaiting: limits.mostWaiting })
  // Statements that have failed and are being sent again.
  let troubled = 0
  let isLost = false
  // An idle connection has died. The statement that needs the next one finds out whether more than that is wrong.
  pool.on('error', () => {})

  function notice(lost: boolean): void {
    if (lost === isLost) return
    isLost = lost
    if (lost) {
      const text = `the database ${place.shown} does not answer; requests wait for it`
      host.notify({ code: 'REGISTRY_STORE_LOST', level: 'warn', text, data: { place: place.shown } })
    } else {
      const text = `the database ${place.shown} answers again`
      host.notify({ code: 'REGISTRY_STORE_BACK', level: 'info', text, data: { place: place.shown } })
    }
  }

  async function repeated<T>(what: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    let failed = 0
    const pauses = delays(RETRY)
    for (;;) {
      try {
        const result = await deadline.race(work())
        if (failed > 0) troubled--
        if (troubled === 0) notice(false)
        return result
      } catch (error) {
        const pauseMs = pauses.next().value
        const isPassing = error instanceof DeadlineError || failureKind(error) === 'passing'
        if (!isPassing || deadline.remainingMs <= pauseMs) {
          if (failed > 0) troubled--
          if (isPassing) notice(true)
          throw databaseError(what, error)
        }
        // One connection may die by itself; the second failure is the database's.
        if (++failed === 1) troubled++
        else notice(true)
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
    }
  }

  return {
    shown: place.shown,

    query<R extends QueryResultRow>(what: string, statement: Statement, values: readonly unknown[]) {
      const deadline = new Deadline(what, limits.timeoutMs)
      const { name, text } = statement
      const work = () => pool.query<R>({ name, text, values: [...values] })
      return gate.run(deadline, () => repeated(what, deadline, work))
    },

    async session(what, work) {
      const deadline = new Deadline(what, limits.timeoutMs)
      const client = await gate.run(deadline, () => repeated(what, deadline, () => pool.connect()))
      let failure: Error | undefined
      // Without a listener the process would end when the connection does.
      const onError = (error: Error) => {
        failure = error
      }
      client.on('error', onError)
      try {
        return await work(client)
      } catch (error) {
        failure = error as Error
        throw databaseError(what, error)
      } finally {
        client.off('error', onError)
        // After an error nobody knows what state the connection is in.
        client.release(failure)
      }
    },

    ping: async () => {
      await pool.query('SELECT 1')
    },

    gauges: () => ({
      connections: pool.totalCount,
      connections_idle: pool.idleCount,
      requests_waiting: gate.waiting,
      lost: isLost ? 1 : 0,
    }),

    close: () => pool.end(),
  }
}

function databaseError(what: string, cause: unknown): unknown {
  if (cause instanceof RegistryError) return cause
  const { code } = cause as { code?: string }
  if (failureKind(cause) === 'full') {
    return new RegistryError('REGISTRY_FULL', 'the registry has no space left', {
      hint: 'whoever runs the registry has to make room in the database',
      cause,
    })
  }
  return new RegistryError(
    'REGISTRY_STORE',
    `${what}: the database does not do it${code === undefined ? '' : ` (${code})`}`,
    {
      hint: 'ask again later; whoever runs the registry can see why',
      headers: { 'retry-after': '2' },
      cause,
    },
  )
}
