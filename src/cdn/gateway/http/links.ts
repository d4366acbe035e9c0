/** Links within and between objects. All are relative, so that a gateway can stand behind another name. */
import { toHex } from '../../../core/hex.js'
import { type DirectoryEntry, formatLabel } from '../../meta/index.js'
import type { ContentTarget } from './target.js'

/** Where a directory is whose path has no slash at its end: relative links on its page would go astray. */
export function directoryLocation(target: ContentTarget): string | undefined {
  if (target.form === 'host') {
    const last = target.segments.at(-1)
    return last === undefined || target.slash ? undefined : `./${encodeURIComponent(last)}/${queryOf(target)}`
  }
  // By path, the key goes where relative links keep it.
  if (target.slash && target.keyFrom !== 'query') return undefined
  const names = target.segments.map(segment => `${encodeURIComponent(segment)}/`).join('')
  return `/${pathName(target.encryptedHash, target.keys[0])}/${names}${target.download ? '?download' : ''}`
}

/** From the page of a directory to what it holds. */
export function entryHref(target: ContentTarget, name: string, isDirectory: boolean): string {
  return `./${encodeURIComponent(name)}${isDirectory ? '/' : ''}${queryOf(target)}`
}

/** To an object by its own reference, where no path leads to it. */
export function referenceHref(
  target: ContentTarget,
  { encryptedHash, key }: DirectoryEntry,
  isDirectory: boolean,
): string {
  if (target.form === 'path') return `/${pathName(encryptedHash, key)}${isDirectory ? '/' : ''}`
  return `//${formatLabel(encryptedHash)}.${target.domain}/${key ? `?key=${toHex(key)}` : ''}`
}

export function parentHref(target: ContentTarget): string | undefined {
  return target.segments.length === 0 ? undefined : `../${queryOf(target)}`
}

/** The key as it came: links work without cookies too. */
function queryOf({ form, keyFrom, keys }: ContentTarget): string {
  const [key] = keys
  return form === 'host' && keyFrom === 'query' && key ? `?key=${toHex(key)}` : ''
}

function pathName(hash: Uint8Array, key: Uint8Array | undefined): string {
  return key ? `${toHex(hash)}.${toHex(key)}` : toHex(hash)
}
