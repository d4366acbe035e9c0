/**
 * The schema, brought up to date at every start. Registries that start together wait for each other under an advisory lock.
 * The first step is the schema of threefoldtech/mycelium-cdn-registry (crates/registry/src/db.rs), so that a database
 * which that service has filled is taken over as it is.
 */
import type { PoolClient } from 'pg'

import type { HashHex } from '../checked-store.js'
import type { Database } from './database.js'

/** Any number, the same for every registry: "hyphaere" in ASCII. */
const LOCK = '7528966735953129061'
const LOCK_MS = 600_000
const BATCH_ROWS = 100

interface Migration {
  readonly version: number
  readonly name: string
  run(client: PoolClient, hashHex: HashHex): Promise<void>
}

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'blobs',
    run: async client => {
      await client.query(`
        CREATE TABLE IF NOT EXISTS blobs (
          hash BYTEA PRIMARY KEY,
          data BYTEA NOT NULL,
          size BIGINT NOT NULL,
          created_at TIMESTAMPTZ DEFAULT NOW()
        )`)
      await client.query('CREATE INDEX IF NOT EXISTS idx_blobs_created_at ON blobs (created_at)')
    },
  },
  {
    version: 2,
    name: 'no compression: blobs are encrypted',
    run: async client => {
      await client.query('ALTER TABLE blobs ALTER COLUMN data SET STORAGE EXTERNAL')
    },
  },
  { version: 3, name: 'whole hashes', run: wholeHashes },
]

export async function migrate(database: Database, hashHex: HashHex): Promise<void> {
  await database.session('the schema to be brought up to date', async client => {
    await client.query(`SET lock_timeout = ${LOCK_MS}`)
    await client.query({ text: 'SELECT pg_advisory_lock($1)', values: [LOCK], query_timeout: LOCK_MS } as never)
    try {
      await client.query(`
        CREATE TABLE IF NOT EXISTS registry_migrations (
          version INTEGER PRIMARY KEY,
          name TEXT NOT NULL,
          applied_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
        )`)
      const { rows } = await client.query<{ version: number }>('SELECT version FROM registry_migrations')
      const applied = new Set(rows.map(({ version }) => version))
      for (const migration of MIGRATIONS) if (!applied.has(migration.version)) await apply(client, migration, hashHex)
    } finally {
      // Where the connection is gone, the lock is too.
      await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => {})
      await client.query('RESET lock_timeout').catch(() => {})
    }
  })
}

async function apply(client: PoolClient, { version, name, run }: Migration, hashHex: HashHex): Promise<void> {
  await client.query('BEGIN')
  try {
    await run(client, hashHex)
    await client.query('INSERT INTO registry_migrations (version, name) VALUES ($1, $2)', [version, name])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/**
 * The other service keeps blobs under the first 16 bytes of their hash. Each gets its whole hash; one whose data does not
 * have the hash it is under stays as it is: reading it says that it is damaged.
 */
async function wholeHashes(client: PoolClient, hashHex: HashHex): Promise<void> {
  let after: Buffer = Buffer.alloc(0)
  for (;;) {
    const { rows } = await client.query<{ hash: Buffer; data: Buffer }>(
      'SELECT hash, data FROM blobs WHERE octet_length(hash) = 16 AND hash > $1 ORDER BY hash LIMIT $2',
      [after, BATCH_ROWS],
    )
    if (rows.length === 0) return
    after = rows.at(-1)?.hash as Buffer
    for (const { hash, data } of rows) {
      const whole = Buffer.from(hashHex(data), 'hex')
      if (!whole.subarray(0, 16).equals(hash)) continue
      await client.query(
        `INSERT INTO blobs (hash, data, size, created_at)
         SELECT $2, data, size, created_at FROM blobs WHERE hash = $1 ON CONFLICT (hash) DO NOTHING`,
        [hash, whole],
      )
      await client.query('DELETE FROM blobs WHERE hash = $1', [hash])
    }
  }
}
