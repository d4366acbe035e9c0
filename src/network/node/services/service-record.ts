/** What the supervisor must know after a crash, one file a service: no content of a file, so no secret. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { isServiceName } from './check-spec.js'
import { writePrivateFile } from './private-file.js'
import type { ProcessIdentity } from './running-process.js'

export interface ServiceRecord {
  readonly version: 1
  readonly name: string
  readonly namespace: string
  readonly command: readonly [string, ...string[]]
  readonly after: readonly string[]
  /** Paths of the files it came with. */
  readonly files: readonly string[]
  readonly fingerprint: string
  /** In the environment of its processes: found by it when the process's id could not be written any more. */
  readonly mark: string
  /** Absent while none runs. */
  readonly process?: ProcessIdentity
}

const MOST_BYTES = 256 * 1024

export interface ServiceRecords {
  read(): readonly ServiceRecord[]
  write(record: ServiceRecord): void
  remove(name: string): void
}

/** Files `<folder>/<name>.json`, 0600. What cannot be understood is left alone and not listed. */
export function serviceRecords(folder: string): ServiceRecords {
  const pathOf = (name: string) => join(folder, `${name}.json`)
  return {
    read: () => names(folder).flatMap(name => readRecord(pathOf(name), name) ?? []),
    write: record => writePrivateFile(pathOf(record.name), `${JSON.stringify(record)}\n`),
    remove: name => rmSync(pathOf(name), { force: true }),
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(file => file.endsWith('.json'))
      .map(file => file.slice(0, -'.json'.length))
      .filter(isServiceName)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function readRecord(path: string, name: string): ServiceRecord | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length > MOST_BYTES) return undefined
    const record = JSON.parse(text) as ServiceRecord
    return isRecord(record) && record.name === name ? record : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: ServiceRecord): boolean {
  const texts = (list: unknown): list is string[] => Array.isArray(list) && list.every(one => typeof one === 'string')
  const { process: running } = value
  return (
    value.version === 1 &&
    texts([value.namespace, value.fingerprint, value.mark]) &&
    texts(value.command) &&
    value.command.length > 0 &&
    texts(value.after) &&
    texts(value.files) &&
    (running === undefined ||
      (Number.isSafeInteger(running.pid) && running.pid > 1 && typeof running.birth === 'string'))
  )
}
