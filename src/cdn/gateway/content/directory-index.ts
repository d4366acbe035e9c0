/** What a directory holds. Names are in the metadata of its entries, so all of them are opened. */
import { toHex } from '../../../core/hex.js'
import { isHyphaeError } from '../../../errors/base.js'
import { CdnError } from '../../../errors/cdn.js'
import type { DirectoryEntry, DirectoryMetadata } from '../../meta/index.js'
import type { ContentObject } from './objects.js'

export interface IndexedEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'missing'
  readonly reference: DirectoryEntry
  /** False when a path cannot lead here: the name is taken by an entry before, or no path can hold it. */
  readonly reachable: boolean
  readonly mime?: string | undefined
  readonly size?: { readonly bytes: number; readonly exact: boolean }
}

export interface DirectoryIndex {
  /** In the order of the directory. */
  readonly entries: readonly IndexedEntry[]
  readonly byName: ReadonlyMap<string, IndexedEntry>
  /** Entries whose metadata could not be read. */
  readonly missing: number
}

export interface ReadDirectoryOptions {
  readonly mostEntries: number
  readonly open: (reference: DirectoryEntry) => Promise<ContentObject>
}

/** Entries opened at once. */
const AT_ONCE = 16

/** @throws {CdnError} CDN_LIMIT; what `open` throws that is not about one entry */
export async function readDirectory(
  { files }: DirectoryMetadata,
  { mostEntries, open }: ReadDirectoryOptions,
): Promise<DirectoryIndex> {
  if (files.length > mostEntries) {
    throw new CdnError('CDN_LIMIT', `the directory has ${files.length} entries, this gateway opens ${mostEntries}`)
  }
  const opened = new Array<ContentObject | undefined>(files.length)
  let next = 0
  const work = async () => {
    while (next < files.length) {
      const i = next++
      opened[i] = await open(files[i] as DirectoryEntry).catch(missing)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, files.length) }, work))

  const byName = new Map<string, IndexedEntry>()
  const entries = files.map((reference, i) => {
    const entry = indexed(reference, opened[i], byName)
    if (entry.reachable) byName.set(entry.name, entry)
    return entry
  })
  return { entries, byName, missing: entries.filter(({ kind }) => kind === 'missing').length }
}

/** One bad entry does not close the directory. Being given up, or too much at once, is not about the entry. */
function missing(error: unknown): undefined {
  if (isHyphaeError(error) && error.code.startsWith('CDN_')) return undefined
  throw error
}

function indexed(
  reference: DirectoryEntry,
  object: ContentObject | undefined,
  taken: ReadonlyMap<string, unknown>,
): IndexedEntry {
  if (!object) {
    return { name: `${toHex(reference.encryptedHash).slice(0, 16)}…`, kind: 'missing', reference, reachable: false }
  }
  const { name } = object.metadata
  // `.` and `..` are taken out of a path before it is sent.
  const reachable = !/^\.{0,2}$/.test(name) && !taken.has(name)
  if (object.kind === 'directory') return { name, kind: 'directory', reference, reachable }
  return { name, kind: 'file', reference, reachable, mime: object.metadata.mime, size: object.roughSize }
}
