/**
 * A real PostgreSQL for one test: a cluster in a folder of its own, on a free port of 127.0.0.1, run as the user
 * postgres where the tests run as root (the server refuses to be root).
 *
 * @example
 * const postgres = await startPostgres()
 * await postgres.restart('immediate') // as after a power cut
 * await postgres.close()
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import pg from 'pg'

import { ensureDebian } from './debian.js'

const READY_MS = 30_000
const PASSWORD = 'hyphae-test-only'

/** `fast` ends sessions and writes everything down; `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate'

export interface Postgres {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** With user and password. */
  readonly url: string
  stop(mode?: StopMode): Promise<void>
  start(): Promise<void>
  restart(mode?: StopMode): Promise<void>
  /** One statement on a connection of its own, to the first database or to the one at `url`. */
  query<T>(text: string, values?: readonly unknown[], url?: string): Promise<readonly T[]>
  /** A database beside the first one, empty; resolves with its URL. */
  createDatabase(name: string): Promise<string>
  /** Stops it and removes its folder. */
  close(): Promise<void>
}

/** Whether there is a PostgreSQL to start; installs Debian's where it can. */
export function hasPostgres(): boolean {
  return ensureDebian('postgresql', () => binFolder())
}

/** @param settings of postgresql.conf, for example `{ max_connections: '20' }` */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const programs = binFolder()
  if (programs === undefined) throw new Error('no PostgreSQL is installed')
  const folder = mkdtempSync(join(tmpdir(), 'hyphae-postgres-'))
  const owner = ownerOf(folder)
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, PASSWORD)
  if (owner.uid !== undefined) chownSync(passwordFile, owner.uid, owner.gid as number)
  const how = ['--auth-local=trust', '--auth-host=scram-sha-256', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8']
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'hyphae', `--pwfile=${passwordFile}`, ...how], {
    ...owner,
    cwd: folder,
    stdio: 'pipe',
  })

  const port = await freePort()
  const options = { listen_addresses: '127.0.0.1', port: `${port}`, unix_socket_directories: folder, ...settings }
  const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const address = { host: '127.0.0.1', port, user: 'hyphae', password: PASSWORD, database: 'postgres' }
  const urlOf = (database: string) => `postgres://hyphae:${PASSWORD}@127.0.0.1:${port}/${database}`
  let running: ChildProcess | undefined
  let log = ''

  const endWithUs = () => running?.kill('SIGQUIT')
  process.once('exit', endWithUs)

  async function start(): Promise<void> {
    const child = spawn(join(programs as string, 'postgres'), ['-D', data, ...args], {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      log = (log + text).slice(-20_000)
    })
    running = child
    const endsAt = Date.now() + READY_MS
    while (!(await answers(address))) {
      if (child.exitCode !== null || Date.now() > endsAt) {
        child.kill('SIGQUIT')
        throw new Error(`PostgreSQL has not come up:\n${log}`)
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  async function stop(mode: StopMode = 'fast'): Promise<void> {
    const child = running
    running = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
  }

  async function query<T>(text: string, values: readonly unknown[] = [], url = urlOf('postgres')) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(text, [...values])).rows as T[]
    } finally {
      await client.end()
    }
  }

  async function close(): Promise<void> {
    process.removeListener('exit', endWithUs)
    await stop('immediate')
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...address,
    url: urlOf(address.database),
    start,
    stop,
    restart: async mode => {
      await stop(mode)
      await start()
    },
    query,
    createDatabase: async name => {
      await query(`CREATE DATABASE "${name}"`)
      return urlOf(name)
    },
    close,
  }
}

/** Debian keeps the programs of each version apart, and none of them on the path. */
function binFolder(): string | undefined {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return undefined
  return readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(versions, version, 'bin'))
    .find(bin => existsSync(join(bin, 'initdb')))
}

function ownerOf(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (which: string) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }))
  const owner = { uid: idOf('-u'), gid: idOf('-g') }
  chownSync(folder, owner.uid, owner.gid)
  return owner
}

async function answers(address: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
