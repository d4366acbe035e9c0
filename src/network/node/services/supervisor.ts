/**
 * Our own process manager. It keeps what it must know in a folder, so that one that was killed finds its services again:
 * those that still run are taken over, the others are started.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { type Clock, systemClock } from '../../../core/clock.js'
import { lockFolder } from '../../../core/folder-lock.js'
import type { Backoff } from '../../../core/retry.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ownFolder } from '../system/own-folder.js'
import type { CommandRunner } from '../system/runner.js'
import { startGroups } from './after-order.js'
import { checkSpec, isServiceName } from './check-spec.js'
import { fingerprintOf } from './fingerprint.js'
import type { ProcessManager, ServiceSpec } from './port.js'
import { removeServiceFiles, writeServiceFiles } from './service-files.js'
import { serviceLog } from './service-log.js'
import { type ServiceProcess, serviceProcess } from './service-process.js'
import { type ServiceRecord, serviceRecords } from './service-record.js'

export interface SupervisorOptions {
  /** Its own: nothing else is kept there. Made with mode 0700 when it is not there. */
  readonly folder: string
  readonly runner: Pick<CommandRunner, 'argvOf'>
  readonly clock?: Clock
  /** Pauses before a service that ended is started again: 100 ms, doubled up to 30 s, when absent. */
  readonly backoff?: Backoff
  /** A service that ran so long starts with the first pause again: 60 s when absent. */
  readonly steadyMs?: number
  /** How long a service must run to count as started: 50 ms when absent. */
  readonly settleMs?: number
  /** Between SIGTERM and SIGKILL: 5 s when absent. */
  readonly stopMs?: number
}

export interface Supervisor extends ProcessManager {
  /** `keep`: the services run on, for the next supervisor of the folder. Otherwise they are ended, in reverse order. */
  close(options: { keep: boolean }): Promise<void>
}

const BACKOFF: Backoff = { firstMs: 100, factor: 2, maxMs: 30_000 }
const MOST_SERVICES = 4_096
const TRIM_MS = 2_000

/** @throws {NodeNetworkError} NODE_NET_LOCKED when another supervisor has the folder
 * @example
 * const supervisor = createSupervisor({ folder: '/run/hyphae/services', runner: linuxRunner() })
 * await supervisor.start({ name: 'dhcp-zos', namespace: 'root', command: ['udhcpc', '-f', '-i', 'zos'] })
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { folder, runner, clock = systemClock, backoff = BACKOFF } = options
  const { steadyMs = 60_000, settleMs = 50, stopMs = 5_000 } = options
  ownFolder(folder)
  const unlock = lockFolder(folder, pid => lockedBy(folder, pid))

  const records = serviceRecords(join(folder, 'services'))
  const logOf = (name: string) => serviceLog(join(folder, 'logs'), name)
  const services = new Map<string, ServiceProcess>()
  const queues = new Map<string, Promise<void>>()

  const add = (record: ServiceRecord): ServiceProcess => {
    const { name, namespace, command } = record
    const argv = runner.argvOf(namespace, command)
    const save = records.write
    const service = serviceProcess({ record, argv, log: logOf(name), save, clock, backoff, steadyMs })
    services.set(name, service)
    return service
  }
  const forget = ({ record }: ServiceProcess, keptFiles: readonly string[] = []) => {
    records.remove(record.name)
    removeServiceFiles(record.files.filter(path => !keptFiles.includes(path)))
    logOf(record.name).remove()
    services.delete(record.name)
  }

  /** What is done to one service happens one after the other. */
  const inTurn = (name: string, others: readonly string[], work: () => Promise<void>): Promise<void> => {
    const before = [name, ...others].map(one => queues.get(one))
    const turn = Promise.allSettled(before).then(work)
    const settled = turn
      .catch(() => {})
      .finally(() => {
        if (queues.get(name) === settled) queues.delete(name)
      })
    queues.set(name, settled)
    return turn
  }

  const start = async (spec: ServiceSpec, fingerprint: string): Promise<void> => {
    const { name, namespace, command, files = [], after = [] } = spec
    const paths = files.map(({ path }) => path)
    const known = services.get(name)
    if (known && known.record.fingerprint === fingerprint && known.status().state !== 'stopped') return
    if (known) {
      await known.stop(stopMs)
      forget(known, paths)
    }
    if (services.size >= MOST_SERVICES) throw tooMany()

    const mark = randomUUID()
    const service = add({ version: 1, name, namespace, command, after, files: paths, fingerprint, mark })
    try {
      // Known before its files are: one that is killed here leaves nothing that nobody would remove.
      records.write(service.record)
      writeServiceFiles(spec)
      await service.start(settleMs)
    } catch (error) {
      forget(service)
      throw error
    }
  }
  const stop = async (name: string): Promise<void> => {
    const known = services.get(name)
    if (!known) return
    await known.stop(stopMs)
    forget(known)
  }

  try {
    for (const group of startGroups(records.read())) for (const record of group) add(record).adopt()
  } catch (error) {
    for (const service of services.values()) service.leave()
    unlock()
    throw error
  }
  const trimming = setInterval(() => {
    for (const name of services.keys()) logOf(name).trim()
  }, TRIM_MS).unref()

  return {
    list: async () =>
      [...services.values()].map(service => service.status()).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async start(spec) {
      checkSpec(spec)
      const fingerprint = fingerprintOf(spec)
      await inTurn(spec.name, spec.after ?? [], () => start(spec, fingerprint))
    },
    stop: name => inTurn(name, [], () => stop(name)),
    log: async name => (isServiceName(name) && services.has(name) ? logOf(name).lines() : []),
    async close({ keep }) {
      await Promise.allSettled(queues.values())
      clearInterval(trimming)
      try {
        if (keep) for (const service of services.values()) service.leave()
        else await stopAll([...services.values()], stop)
      } finally {
        unlock()
      }
    },
  }
}

async function stopAll(services: readonly ServiceProcess[], stop: (name: string) => Promise<void>): Promise<void> {
  const groups = startGroups(services.map(({ record }) => record)).toReversed()
  for (const group of groups) await Promise.all(group.map(({ name }) => stop(name)))
}

function lockedBy(folder: string, pid?: number): NodeNetworkError {
  return new NodeNetworkError(
    'NODE_NET_LOCKED',
    pid === undefined ? 'other processes supervise these services' : `process ${pid} supervises these services`,
    { where: folder },
  )
}

function tooMany(): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_SERVICE', `more than ${MOST_SERVICES} services are not kept`)
}
