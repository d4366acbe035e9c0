/** What is known of a namespace beside its keys, in `namespace.json`: written as a whole or not at all. */
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

import { ZdbError } from '../../../errors/zdb.js'
import { MOST_NAME_BYTES, MOST_PASSWORD_BYTES } from '../limits.js'
import { syncFolder } from '../storage/sync-folder.js'

export type Mode = 'user' | 'seq'

export interface NamespaceSettings {
  /** Bytes of the name, one to a character. */
  readonly name: string
  /** In clear, one byte to a character: the secure forms of SELECT need it. The file is its owner's alone. */
  readonly password: string | undefined
  readonly public: boolean
  readonly worm: boolean
  /** 0 for none. */
  readonly maxsize: number
  readonly mode: Mode
  /** Counted up by FLUSH. */
  readonly epoch: number
}

const FILE = 'namespace.json'
const VERSION = 1

export function newSettings(name: string, mode: Mode): NamespaceSettings {
  return { name, password: undefined, public: true, worm: false, maxsize: 0, mode, epoch: 0 }
}

export async function writeSettings(folder: string, settings: NamespaceSettings): Promise<void> {
  const { name, password, ...rest } = settings
  const text = JSON.stringify({
    version: VERSION,
    name: toHex(name),
    ...(password === undefined ? {} : { password: toHex(password) }),
    ...rest,
  })
  const draft = join(folder, `${FILE}.new`)
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${text}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, join(folder, FILE))
  await syncFolder(folder)
}

/** @throws {ZdbError} ZDB_STORE */
export async function readSettings(folder: string): Promise<NamespaceSettings> {
  const path = join(folder, FILE)
  const bad = (why: string, cause?: unknown) =>
    new ZdbError('ZDB_STORE', `${FILE} of a namespace ${why}`, {
      where: path,
      cause,
      hint: 'put it back, or move its folder away',
    })
  let json: Record<string, unknown>
  try {
    json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  } catch (cause) {
    throw bad('cannot be read', cause)
  }
  if (json === null || json.version !== VERSION) throw bad('is of another version')
  const { mode, maxsize, epoch } = json
  const name = fromHex(json.name, MOST_NAME_BYTES)
  const password = json.password === undefined ? undefined : fromHex(json.password, MOST_PASSWORD_BYTES)
  const counts = [maxsize, epoch].every(count => Number.isSafeInteger(count) && (count as number) >= 0)
  const flags = [json.public, json.worm].every(flag => typeof flag === 'boolean')
  if (!name || (json.password !== undefined && !password) || !counts || !flags || (mode !== 'user' && mode !== 'seq')) {
    throw bad('is damaged')
  }
  return {
    name,
    password,
    public: json.public as boolean,
    worm: json.worm as boolean,
    maxsize: maxsize as number,
    mode,
    epoch: epoch as number,
  }
}

function toHex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

function fromHex(value: unknown, mostBytes: number): string | undefined {
  if (typeof value !== 'string' || value.length % 2 !== 0 || value.length > 2 * mostBytes) return undefined
  return /^[0-9a-f]+$/.test(value) ? Buffer.from(value, 'hex').toString('latin1') : undefined
}
