/** All namespaces of a data folder, each in a folder of its own. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { MOST_NAME_BYTES } from '../limits.js'
import type { Recovery } from '../storage/data-log.js'
import { syncFolder } from '../storage/sync-folder.js'
import { Namespace, type NamespaceOptions } from './namespace.js'
import { type Mode, newSettings, readSettings, writeSettings } from './namespace-file.js'
import { refuse } from './refuse.js'

export interface NamespacesOptions extends NamespaceOptions {
  readonly dataDir: string
  /** All namespaces have this one; without it each may choose. */
  readonly mode?: Mode | undefined
}

const DEFAULT = 'default'
/** Folders that are being made or removed: what a crash left of them is cleared at the next start. */
const MAKING = 'making.'
const LEAVING = 'leaving.'

export class Namespaces {
  readonly #all = new Map<string, Namespace>()
  /** Names that are being made. */
  readonly #pending = new Set<string>()
  #count = 0
  recovery: Recovery = { tornBytes: 0, faults: 0 }

  private constructor(readonly options: NamespacesOptions) {}

  static async open(options: NamespacesOptions): Promise<Namespaces> {
    const namespaces = new Namespaces(options)
    await mkdir(namespaces.#folder, { recursive: true, mode: 0o700 })
    try {
      for (const name of await readdir(namespaces.#folder)) {
        const path = join(namespaces.#folder, name)
        if (name.startsWith(MAKING) || name.startsWith(LEAVING)) await rm(path, { recursive: true, force: true })
        else await namespaces.#load(path)
      }
      if (!namespaces.#all.has(DEFAULT)) await namespaces.#make(DEFAULT)
    } catch (cause) {
      await namespaces.close().catch(() => {})
      throw cause
    }
    return namespaces
  }

  get #folder(): string {
    return join(this.options.dataDir, 'namespaces')
  }

  get default(): Namespace {
    return this.#all.get(DEFAULT) as Namespace
  }

  get names(): readonly string[] {
    return [...this.#all.keys()]
  }

  /** @param name its bytes, one to a character, as all names here */
  get(name: string): Namespace | undefined {
    return this.#all.get(name)
  }

  async create(name: string): Promise<void> {
    if (name === '.' || name === '..' || name === DEFAULT || /[/\0]/.test(name))
      throw refuse('This name is not allowed')
    if (name.length > MOST_NAME_BYTES) throw refuse('Namespace too long')
    if (this.#all.has(name) || this.#pending.has(name)) throw refuse('This namespace is not available')
    this.#pending.add(name)
    try {
      await this.#make(name)
    } catch (cause) {
      throw Object.assign(refuse('Could not create namespace'), { cause })
    } finally {
      this.#pending.delete(name)
    }
  }

  async remove(name: string): Promise<void> {
    const namespace = this.#all.get(name)
    if (namespace === undefined) throw refuse("This namespace doesn't exists")
    const aside = join(this.#folder, `${LEAVING}${this.#count++}`)
    try {
      await rm(aside, { recursive: true, force: true })
      await rename(namespace.folder, aside)
    } catch (cause) {
      throw Object.assign(refuse('Could not delete this namespace'), { cause })
    }
    // From here on it is gone, whatever becomes of its bytes.
    namespace.gone = true
    this.#all.delete(name)
    await namespace.close().catch(() => {})
    await rm(aside, { recursive: true, force: true }).catch(() => {})
    await syncFolder(this.#folder)
  }

  async sync(): Promise<void> {
    await settled([...this.#all.values()].map(one => one.sync()))
  }

  async close(): Promise<void> {
    await settled([...this.#all.values()].map(one => one.close()))
  }

  async #make(name: string): Promise<void> {
    const draft = join(this.#folder, `${MAKING}${this.#count++}`)
    const path = join(this.#folder, folderName(name))
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o700 })
    await writeSettings(draft, newSettings(name, this.options.mode ?? 'user'))
    await rename(draft, path)
    await syncFolder(this.#folder)
    await this.#load(path)
  }

  async #load(path: string): Promise<void> {
    const settings = await readSettings(path)
    const { namespace, recovery } = await Namespace.open(path, settings, this.options)
    this.#all.set(settings.name, namespace)
    this.recovery = {
      tornBytes: this.recovery.tornBytes + recovery.tornBytes,
      faults: this.recovery.faults + recovery.faults,
    }
  }
}

/** Plain names as they are; others, and those a file system might take for another, as a number in base 32. */
export function folderName(name: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,100}$/.test(name)) return name
  // The leading 1 keeps zeros at the beginning. 128 bytes have 206 digits; in base 16 file systems would refuse them.
  return `+${BigInt(`0x1${Buffer.from(name, 'latin1').toString('hex')}`).toString(32)}`
}

/** Waits for all of them, then tells the first failure. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason
}
