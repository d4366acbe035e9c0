/** Blobs in PostgreSQL: `blobs(hash, data, size, created_at)`. */
import type { Host } from '../../../../events/host.js'
import type { BlobStore } from '../blob-store.js'
import type { HashHex } from '../checked-store.js'
import { type PostgresAddress, postgresPlace } from './address.js'
import { type DatabaseLimits, openDatabase } from './database.js'
import { migrate } from './migrations.js'

const INSERT = {
  name: 'save',
  text: 'INSERT INTO blobs (hash, data, size) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING',
}
/** What lies under the hash of other data is damage, and is replaced. */
const MEND = {
  name: 'mend',
  text: 'UPDATE blobs SET data = $2, size = $3 WHERE hash = $1 AND data IS DISTINCT FROM $2',
}
const LOAD = { name: 'load', text: 'SELECT hash, data FROM blobs WHERE hash = $1' }
const HEAD = { name: 'head', text: 'SELECT hash, size FROM blobs WHERE hash = $1' }
/** The primary key's index has the beginnings of hashes in order. */
const LOAD_RANGE = {
  name: 'load-range',
  text: 'SELECT hash, data FROM blobs WHERE hash >= $1 AND hash <= $2 ORDER BY hash DESC LIMIT 1',
}
const HEAD_RANGE = {
  name: 'head-range',
  text: 'SELECT hash, size FROM blobs WHERE hash >= $1 AND hash <= $2 ORDER BY hash DESC LIMIT 1',
}

export interface PostgresStoreOptions extends DatabaseLimits {
  readonly address: PostgresAddress
  readonly hashHex: HashHex
  readonly host: Host
}

/** @throws {InputError} INPUT_URL, INPUT_OPTION
 *  @throws {RegistryError} REGISTRY_STORE when the database does not answer in time, or refuses */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<BlobStore> {
  const database = await openDatabase(postgresPlace(options.address), options, options.host)
  try {
    await migrate(database, options.hashHex)
  } catch (error) {
    await database.close()
    throw error
  }

  /** The values and which of two statements they are for. */
  function find<R extends { hash: Buffer }>(what: string, hash: string, exact: typeof LOAD, range: typeof LOAD) {
    const first = Buffer.from(hash, 'hex')
    if (first.length === 32) return database.query<R>(what, exact, [first])
    return database.query<R>(what, range, [first, Buffer.concat([first, Buffer.alloc(16, 0xff)])])
  }

  return {
    kind: 'postgres',

    async put(hash, data) {
      const values = [Buffer.from(hash, 'hex'), data, data.length]
      const what = 'a blob to be written'
      if ((await database.query(what, INSERT, values)).rowCount === 1) return 'created'
      return (await database.query(what, MEND, values)).rowCount === 1 ? 'mended' : 'present'
    },

    async get(hash) {
      const { rows } = await find<{ hash: Buffer; data: Buffer }>('a blob to be read', hash, LOAD, LOAD_RANGE)
      const [row] = rows
      return row === undefined ? undefined : { hash: row.hash.toString('hex'), data: row.data }
    },

    async head(hash) {
      const { rows } = await find<{ hash: Buffer; size: string }>('a blob to be found', hash, HEAD, HEAD_RANGE)
      const [row] = rows
      return row === undefined ? undefined : { hash: row.hash.toString('hex'), sizeBytes: Number(row.size) }
    },

    check: () => database.ping(),
    gauges: () => database.gauges(),
    close: () => database.close(),
  }
}
