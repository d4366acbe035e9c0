/** Servers and clients of a test, in folders of their own, all ended by it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type RunningZdb, startZdb, ZdbClient, type ZdbClientOptions, type ZdbOptions } from '../index.js'

export class ZdbRig {
  readonly #cleanups: (() => unknown)[] = []

  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'zdb-'))
    this.after(() => rm(path, { recursive: true, force: true }))
    return path
  }

  async start(options: Partial<ZdbOptions> = {}): Promise<RunningZdb> {
    const zdb = await startZdb({ listen: '127.0.0.1:0', dataDir: await this.folder(), ...options })
    this.after(() => zdb.close())
    return zdb
  }

  client(zdb: Pick<RunningZdb, 'host' | 'port'>, options: Partial<ZdbClientOptions> = {}): ZdbClient {
    const client = new ZdbClient({ host: zdb.host, port: zdb.port, ...options })
    this.after(() => client.close())
    return client
  }

  after(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup)
  }

  async end(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup()
  }
}
