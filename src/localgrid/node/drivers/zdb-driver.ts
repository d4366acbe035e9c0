/**
 * Real 0-DBs for the zdb workloads of a local grid: one server for each node that has any, on 127.0.0.1, and a namespace
 * for each workload, made, changed and locked as a node does it. Every other type is simulated.
 * Source of the steps: threefoldtech/zosbase, pkg/primitives/zdb.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type RunningZdb, startZdb, ZdbClient } from '../../../cdn/zdb/index.js'
import { toHex } from '../../../core/hex.js'
import { randomBytes } from '../../../core/random.js'
import { Secret } from '../../../core/secret.js'
import { ZdbError } from '../../../errors/zdb.js'
import type { Zdb } from '../../../zos/workloads/data.js'
import type { DriverAction, ProvisionDriver, ProvisionTask } from '../provision/driver.js'

export interface ZdbDriverOptions {
  /** Keeps what is written, in a folder for each node; otherwise it is forgotten at the end. */
  readonly dataDir?: string | undefined
}

interface Served {
  readonly zdb: RunningZdb
  readonly admin: ZdbClient
}

/** @example startNodes({ …, driver: zdbDriver() }) */
export function zdbDriver(options: ZdbDriverOptions = {}): ProvisionDriver {
  const nodes = new Map<number, Promise<Served>>()
  let temporary: Promise<string> | undefined
  let closing: Promise<void> | undefined

  const folder = async (): Promise<string> => {
    if (options.dataDir !== undefined) return options.dataDir
    temporary ??= mkdtemp(join(tmpdir(), 'hyphae-zdb-'))
    return temporary
  }
  const serve = async (nodeId: number): Promise<Served> => {
    const adminPassword = new Secret(toHex(randomBytes(16)))
    const dataDir = join(await folder(), `node-${nodeId}`)
    const zdb = await startZdb({ listen: '127.0.0.1:0', dataDir, adminPassword })
    return { zdb, admin: new ZdbClient({ host: zdb.host, port: zdb.port, adminPassword }) }
  }
  const servedOf = (nodeId: number): Promise<Served> => {
    const known = nodes.get(nodeId)
    if (known !== undefined) return known
    const made = serve(nodeId)
    nodes.set(nodeId, made)
    // One that could not start is tried again with the next workload.
    made.catch(() => nodes.delete(nodeId))
    return made
  }
  const close = async (): Promise<void> => {
    for (const served of await Promise.allSettled(nodes.values())) {
      if (served.status === 'rejected') continue
      await served.value.admin.close()
      await served.value.zdb.close()
    }
    if (temporary !== undefined) await rm(await temporary, { recursive: true, force: true })
  }

  return {
    // The port is another one after a start.
    volatile: true,
    run: async (action, task) => {
      if (task.workload.type !== 'zdb') return undefined
      return carryOut(await servedOf(task.nodeId), action, task, task.workload.data as Zdb)
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

async function carryOut(
  { zdb, admin }: Served,
  action: DriverAction,
  task: ProvisionTask,
  data: Zdb,
): Promise<unknown> {
  const name = task.workloadId
  switch (action) {
    case 'provision':
    case 'update':
      await unless('ZDB_NAMESPACE_NAME', admin.createNamespace(name))
      await set(admin, name, data)
      return { ...(task.result as object), Namespace: name, IPs: [zdb.host], Port: zdb.port }
    case 'deprovision':
      await unless('ZDB_NAMESPACE_NOT_FOUND', admin.removeNamespace(name))
      return undefined
    case 'pause':
    case 'resume':
      await admin.setNamespace(name, 'lock', action === 'pause')
      return undefined
  }
}

async function set(admin: ZdbClient, name: string, { mode, password, public: isPublic, size }: Zdb): Promise<void> {
  // A namespace that holds something has its mode already: a node refuses to change it.
  if ((await admin.namespaceInfo(name)).mode !== mode) await admin.setNamespace(name, 'mode', mode)
  await admin.setNamespace(name, 'password', password === '' ? '*' : password)
  await admin.setNamespace(name, 'public', isPublic)
  await admin.setNamespace(name, 'maxsize', String(size))
}

/** Done before is done. */
async function unless(code: ZdbError['code'], work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ZdbError) || error.code !== code) throw error
  }
}
