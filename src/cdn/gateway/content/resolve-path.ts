/** From the object of a reference along the names of a path to what is wanted. */
import { CdnError } from '../../../errors/cdn.js'
import { GatewayError } from '../../../errors/gateway.js'
import type { DirectoryEntry } from '../../meta/index.js'
import type { ContentDirectory, ContentObject, Objects } from './objects.js'

/** The object of a reference, opened with the first key that fits.
 *
 * @param keys candidates; none for plain metadata
 * @throws what opening with the last of them throws
 */
export async function openRoot(
  encryptedHash: Uint8Array,
  keys: readonly Uint8Array[],
  objects: Objects,
  signal: AbortSignal,
): Promise<{ readonly object: ContentObject; readonly key?: Uint8Array }> {
  const references: readonly DirectoryEntry[] =
    keys.length === 0 ? [{ encryptedHash }] : keys.map(key => ({ encryptedHash, key }))
  for (const [i, reference] of references.entries()) {
    try {
      return { object: await objects.open(reference, signal), ...(reference.key ? { key: reference.key } : {}) }
    } catch (error) {
      const wrongKey = error instanceof CdnError && error.code === 'CDN_KEY'
      if (!wrongKey || i === references.length - 1) throw withHint(error, keys.length)
    }
  }
  throw new GatewayError('GATEWAY_INTERNAL', 'no reference was opened')
}

/** @throws {GatewayError} GATEWAY_PATH: no such name, or a file where a directory should be */
export async function resolvePath(
  root: ContentObject,
  segments: readonly string[],
  objects: Objects,
  signal: AbortSignal,
): Promise<ContentObject> {
  let object = root
  for (const segment of segments) {
    if (object.kind === 'file') throw notThere()
    const entry = await find(object, segment, objects, signal)
    if (entry === undefined) throw notThere()
    object = entry
  }
  return object
}

/** The entry with a name, opened. @throws {CdnError} CDN_REGISTRY when it may be among those that cannot be read now */
export async function find(
  directory: ContentDirectory,
  name: string,
  objects: Objects,
  signal: AbortSignal,
): Promise<ContentObject | undefined> {
  const index = await objects.index(directory, signal)
  const entry = index.byName.get(name)
  if (entry) return await objects.open(entry.reference, signal)
  if (index.missing === 0) return undefined
  throw new CdnError(
    'CDN_REGISTRY',
    `${index.missing} entries of the directory cannot be read now, and none of the others has this name`,
    {
      hint: 'ask again later',
    },
  )
}

function notThere(): GatewayError {
  return new GatewayError('GATEWAY_PATH', 'there is nothing of this name', {
    hint: 'a directory is listed at its path with a slash',
  })
}

/** Without a key, sealed metadata looks like metadata that is broken. */
function withHint(error: unknown, keys: number): unknown {
  if (!(error instanceof CdnError) || error.code !== 'CDN_META' || keys > 0) return error
  return new CdnError('CDN_KEY', 'what is stored under this reference is sealed, or is no metadata', {
    hint: 'give the key: ?key=…',
    cause: error,
  })
}
