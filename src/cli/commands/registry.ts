/** `hyphae registry`: the metadata registry of the content network, until it is told to end. */
import { join, resolve } from 'node:path'

import type { RegistryServerOptions } from '../../cdn/registry/index.js'
import { Secret } from '../../core/secret.js'
import { InputError } from '../../errors/input.js'
import type { Host } from '../../events/host.js'
import type { CliContext } from '../context.js'

export interface RegistryFlags {
  readonly json: boolean
  readonly listen: string
  readonly data?: string
  readonly dbUrl?: string
  readonly dbUser?: string
  readonly dbPassword?: string
  readonly dbName?: string
  readonly dbHost?: string
  readonly dbPort?: number
  readonly dbConnections?: number
  readonly token?: string
  readonly maxSize?: number
  readonly writeRate: number
  readonly readRate: number
  readonly behindProxy: boolean
  readonly requestTimeout?: number
}

export async function registry(this: CliContext, flags: RegistryFlags): Promise<void> {
  const { stdout, stderr } = this.process
  const { interrupted } = this
  const options = optionsOf(flags, this)
  const { startRegistry } = await import('../../cdn/registry/index.js')
  const running = await startRegistry(options)
  const { url, host, port, store } = running
  try {
    if (flags.json) stdout.write(`${JSON.stringify({ url, host, port, store })}\n`)
    else stdout.write(`registry at ${url}, blobs in ${options.dataDir ?? 'PostgreSQL'}\n`)
    stderr.write('Ctrl-C ends it\n')
    const signal = await interrupted
    stderr.write(`${signal}: closing\n`)
  } finally {
    await running.close()
  }
}

function optionsOf(flags: RegistryFlags, { process, cwd }: CliContext): RegistryServerOptions {
  const token = flags.token ?? process.env.REGISTRY_TOKEN
  const rate = (perSecond: number) => ({ perSecond, burst: Math.max(1, Math.ceil(perSecond * 5)) })
  return {
    listen: flags.listen,
    ...placeOf(flags, process.env, cwd),
    ...(token === undefined || token === '' ? {} : { token: new Secret(token) }),
    ...(flags.writeRate === 0 ? {} : { writeRate: rate(flags.writeRate) }),
    ...(flags.readRate === 0 ? {} : { readRate: rate(flags.readRate) }),
    behindProxy: flags.behindProxy,
    limits: {
      ...(flags.maxSize === undefined ? {} : { maxBlobBytes: flags.maxSize }),
      ...(flags.dbConnections === undefined ? {} : { storeConcurrency: flags.dbConnections }),
      ...(flags.requestTimeout === undefined ? {} : { requestTimeoutMs: Math.round(flags.requestTimeout * 1_000) }),
    },
    host: lineHost(process, flags.json),
  }
}

type Place = Pick<RegistryServerOptions, 'dataDir' | 'postgres'>

/** A URL, the parts of one, a folder; without any of them a folder here. */
function placeOf(flags: RegistryFlags, env: CliContext['process']['env'], cwd: string): Place {
  const { data, dbUser: user, dbName, dbHost, dbPort } = flags
  const parts = [user, flags.dbPassword, dbName, dbHost, dbPort].some(part => part !== undefined)
  // What is typed wins over what is set, as everywhere.
  const url = flags.dbUrl ?? (parts || data !== undefined ? undefined : env.DATABASE_URL || undefined)
  if (Number(url !== undefined) + Number(parts) + Number(data !== undefined) > 1) {
    throw new InputError('INPUT_OPTION', '--data, --db-url and the other --db options exclude each other', {
      hint: 'name one place for the blobs',
    })
  }
  if (url !== undefined) return { postgres: { url: new Secret(url) } }
  if (!parts) return { dataDir: data === undefined ? join(cwd, 'registry-data') : resolve(cwd, data) }
  if (user === undefined) {
    throw new InputError('INPUT_OPTION', 'the database needs a user', { where: '--db-user', hint: 'give --db-user' })
  }
  const password = flags.dbPassword ?? env.PGPASSWORD
  return {
    postgres: {
      user,
      ...(password === undefined ? {} : { password: new Secret(password) }),
      ...(dbName === undefined ? {} : { database: dbName }),
      ...(dbHost === undefined ? {} : { host: dbHost }),
      ...(dbPort === undefined ? {} : { port: dbPort }),
    },
  }
}

/** A service has no progress to show: a line for each thing that happened. */
function lineHost({ stdout, stderr }: CliContext['process'], json: boolean): Host {
  return {
    notify({ code, level, text, data }) {
      if (json) stdout.write(`${JSON.stringify({ code, level, text, ...(data === undefined ? {} : { data }) })}\n`)
      else stderr.write(`${new Date().toISOString()} ${level} ${code} ${text}\n`)
    },
  }
}
