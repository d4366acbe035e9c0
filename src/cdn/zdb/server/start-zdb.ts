/** The server: a folder, a port, and the connections in between. */
import { mkdir } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'

import { lockFolder } from '../../../core/folder-lock.js'
import { type ListenAddress, readListenAddress } from '../../../core/listen-address.js'
import { Secret } from '../../../core/secret.js'
import { InputError } from '../../../errors/input.js'
import { ZdbError } from '../../../errors/zdb.js'
import { MOST_PASSWORD_BYTES, MOST_REQUEST_BYTES } from '../limits.js'
import type { Recovery } from '../storage/data-log.js'
import { Connection } from './connection.js'
import { MemoryBudget } from './memory-budget.js'
import type { Mode } from './namespace-file.js'
import { Namespaces } from './namespaces.js'
import { ServerStats } from './stats.js'

export interface ZdbOptions {
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string | ListenAddress
  /** Made when it is not there. One server at a time. */
  readonly dataDir: string
  /** Without it every client is an administrator. At most 128 bytes. */
  readonly adminPassword?: string | Secret<string>
  /** One mode for all namespaces; without it each is `user` until it is told otherwise. */
  readonly mode?: Mode
  /** When writes reach the disk.
   *
   * `'always'`: before they are acknowledged. A number: this many milliseconds after, at most (1000 when absent).
   * `'never'`: when the system likes. What was acknowledged outlives a killed process in all three; a machine that loses
   * power loses what was not on the disk yet.
   */
  readonly sync?: 'always' | 'never' | number
  /** A data file is followed by another when it has reached this; 256 MiB when absent, at least 512 KiB. */
  readonly fileBytes?: number
  /** 4096 when absent. */
  readonly maxClients?: number
  /** Of requests that are being received, all clients together; 256 MiB when absent. */
  readonly memoryBytes?: number
  /** A request that has begun must go on, and an answer must be taken, within this; 60 s when absent. */
  readonly stallMs?: number
  /** What went wrong on this side: a disk that fails, a value that is not what was written. */
  readonly onFault?: (error: unknown) => void
}

export interface RunningZdb {
  /** The address, as an IP. */
  readonly host: string
  readonly port: number
  /** What was found in the folder at the start. */
  readonly recovery: Recovery
  /** Answers what is under way, puts everything on the disk, lets go of the folder. Idempotent. */
  close(): Promise<void>
}

const MIB = 1024 * 1024
const FEWEST_FILE_BYTES = 512 * 1024
const MOST_FILE_BYTES = 2 ** 32 - 1
const CLOSE_MS = 5000

/** Starts a 0-DB on a folder.
 *
 * Speaks what threefoldtech/0-db v2.0.7 does, but for replication and maintenance (WAIT, MIRROR, MASTER, HOOKS, INDEX,
 * DATA); commands must be whole words, and a connection ends after a request that cannot be read.
 *
 * @throws {ZdbError} ZDB_STORE: the folder is in use or not a 0-DB's; ZDB_UNREACHABLE: the port cannot be had
 * @throws {InputError} INPUT_OPTION
 * @example
 * const zdb = await startZdb({ listen: '127.0.0.1:0', dataDir: './data' })
 * const client = new ZdbClient({ host: zdb.host, port: zdb.port })
 */
export async function startZdb(options: ZdbOptions): Promise<RunningZdb> {
  const listen = typeof options.listen === 'string' ? readListenAddress(options.listen) : options.listen
  const adminPassword = readPassword(options.adminPassword)
  const fileBytes = option('fileBytes', options.fileBytes ?? 256 * MIB, FEWEST_FILE_BYTES, MOST_FILE_BYTES)
  const { sync = 1000 } = options
  if (typeof sync === 'number') option('sync', sync, 1, 3_600_000)
  const maxClients = option('maxClients', options.maxClients ?? 4096, 1, 1_000_000)
  const stallMs = option('stallMs', options.stallMs ?? 60_000, 10, 86_400_000)
  const memoryBytes = option(
    'memoryBytes',
    options.memoryBytes ?? 256 * MIB,
    MOST_REQUEST_BYTES,
    Number.MAX_SAFE_INTEGER,
  )
  const onFault = options.onFault ?? (() => {})
  const dataDir = resolve(options.dataDir)

  const release = await takeFolder(dataDir)
  let namespaces: Namespaces | undefined
  try {
    const stats = new ServerStats()
    const opened = await openStore({ dataDir, fileBytes, syncAlways: sync === 'always', mode: options.mode, stats })
    namespaces = opened
    const shared = { namespaces: opened, adminPassword, stats, budget: new MemoryBudget(memoryBytes), stallMs, onFault }
    const connections = new Set<Connection>()
    const server = createServer({ noDelay: true }, socket => {
      socket.on('error', () => {})
      if (connections.size >= maxClients) return void socket.destroy()
      stats.clients++
      const connection = new Connection(socket, shared)
      connections.add(connection)
      void connection.done.then(() => connections.delete(connection))
    })
    const { address, port } = await listenOn(server, listen)
    const timer = typeof sync === 'number' ? setInterval(() => void opened.sync().catch(onFault), sync) : undefined
    timer?.unref()

    const shut = async () => {
      clearInterval(timer)
      const closed = new Promise<void>(done => void server.close(() => done()))
      for (const connection of connections) connection.close()
      const impatient = setTimeout(() => {
        for (const { socket } of connections) socket.destroy()
      }, CLOSE_MS)
      await Promise.all([closed, ...[...connections].map(({ done }) => done)])
      clearTimeout(impatient)
      try {
        await opened.close()
      } finally {
        release()
      }
    }
    let closing: Promise<void> | undefined
    return {
      host: address,
      port,
      recovery: opened.recovery,
      close: () => {
        closing ??= shut()
        return closing
      },
    }
  } catch (cause) {
    await namespaces?.close().catch(() => {})
    release()
    throw cause
  }
}

async function takeFolder(dataDir: string): Promise<() => void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    return lockFolder(dataDir, pid => {
      const who = pid === process.pid ? 'a server of this process' : `process ${pid ?? '(several at once)'}`
      return new ZdbError('ZDB_STORE', `the data folder is in use by ${who}`, {
        where: dataDir,
        hint: 'one server at a time: close that one first, or use another folder',
      })
    })
  } catch (cause) {
    if (cause instanceof ZdbError) throw cause
    throw new ZdbError('ZDB_STORE', 'the data folder cannot be used', { where: dataDir, cause })
  }
}

async function openStore(options: Parameters<typeof Namespaces.open>[0]): Promise<Namespaces> {
  try {
    return await Namespaces.open(options)
  } catch (cause) {
    if (cause instanceof ZdbError) throw cause
    throw new ZdbError('ZDB_STORE', 'the data folder cannot be read', {
      where: join(options.dataDir, 'namespaces'),
      cause,
    })
  }
}

/** Names that end in .localhost are this machine, without asking anybody (RFC 6761). */
function loopbackOf(host: string | undefined): string | undefined {
  return host !== undefined && /(^|\.)localhost$/i.test(host) ? '127.0.0.1' : host
}

function listenOn(server: Server, { host, port }: ListenAddress): Promise<AddressInfo> {
  return new Promise((done, failed) => {
    server.once('error', cause =>
      failed(
        new ZdbError('ZDB_UNREACHABLE', 'the address to listen on cannot be had', {
          where: `${host ?? ''}:${port}`,
          hint: 'another program may listen there; port 0 takes a free one',
          cause,
        }),
      ),
    )
    server.listen({ host: loopbackOf(host), port }, () => done(server.address() as AddressInfo))
  })
}

function readPassword(given: string | Secret<string> | undefined): string | undefined {
  const text = given instanceof Secret ? given.reveal() : given
  if (text === undefined) return undefined
  // As bytes, one to a character: that is how they come from clients.
  const bytes = Buffer.from(text)
  if (bytes.length === 0 || bytes.length > MOST_PASSWORD_BYTES) {
    throw new InputError('INPUT_OPTION', `adminPassword must have 1 to ${MOST_PASSWORD_BYTES} bytes`)
  }
  return bytes.toString('latin1')
}

function option(name: string, value: number, fewest: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= fewest && value <= most) return value
  throw new InputError('INPUT_OPTION', `${name} must be a whole number from ${fewest} to ${most}`, {
    where: String(value),
  })
}
