/** `hyphae zdb`: a 0-DB, until it is told to end. */
import { resolve } from 'node:path'

import type { ZdbOptions } from '../../cdn/zdb/index.js'
import { formatHostPort } from '../../core/listen-address.js'
import { Secret } from '../../core/secret.js'
import { HyphaeError } from '../../errors/base.js'
import type { CliContext } from '../context.js'

export interface ZdbFlags {
  readonly json: boolean
  readonly listen: string
  readonly data: string
  readonly adminPassword?: string
  readonly mode?: 'user' | 'seq'
  readonly sync: 'always' | 'never' | number
  readonly fileSize?: number
  readonly maxClients?: number
}

export async function zdb(this: CliContext, flags: ZdbFlags): Promise<void> {
  const { stdout, stderr, env } = this.process
  const { interrupted } = this
  const password = flags.adminPassword ?? env.ZDB_ADMIN_PASSWORD
  const options: ZdbOptions = {
    listen: flags.listen,
    dataDir: resolve(this.cwd, flags.data),
    sync: flags.sync,
    ...(password === undefined || password === '' ? {} : { adminPassword: new Secret(password) }),
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
    ...(flags.fileSize === undefined ? {} : { fileBytes: flags.fileSize }),
    ...(flags.maxClients === undefined ? {} : { maxClients: flags.maxClients }),
    onFault: error => stderr.write(`fault: ${error instanceof HyphaeError ? error.message : String(error)}\n`),
  }
  const { startZdb } = await import('../../cdn/zdb/index.js')
  const running = await startZdb(options)

  const { host, port, recovery } = running
  try {
    if (flags.json) stdout.write(`${JSON.stringify({ host, port, dataDir: options.dataDir, recovery })}\n`)
    else stdout.write(`0-DB at ${formatHostPort(host, port)}, keys and values in ${options.dataDir}\n`)
    if (recovery.tornBytes > 0) stderr.write(`an unfinished write of ${recovery.tornBytes} bytes was taken back\n`)
    if (recovery.faults > 0) stderr.write(`${recovery.faults} damaged places were found in the data files\n`)
    stderr.write('Ctrl-C ends it\n')
    const signal = await interrupted
    stderr.write(`${signal}: closing\n`)
  } finally {
    await running.close()
  }
}
