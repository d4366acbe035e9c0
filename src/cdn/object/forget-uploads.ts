/**
 * Uploads that were interrupted and never repeated: what is remembered of them is forgotten in time, so that it does not
 * grow for ever. Whoever repeats one of them later stores it anew.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface KeptUploads {
  readonly nowMs?: number
  /** Since the upload was last gone on with. */
  readonly keptMs?: number
  readonly mostKept?: number
}

const DAY_MS = 86_400_000
/** The folder may have been given by someone who keeps other things there too. */
const FOLDER_OF_UPLOAD = /^[0-9a-f]{32}$/

/** @param folder that has a folder for each upload */
export async function forgetUploads(
  folder: string,
  { nowMs = Date.now(), keptMs = 30 * DAY_MS, mostKept = 1_000 }: KeptUploads = {},
): Promise<void> {
  const names = (await namesIn(folder)).filter(name => FOLDER_OF_UPLOAD.test(name))
  const found = await Promise.all(names.map(async name => ({ name, usedMs: await usedMs(join(folder, name)) })))
  const newestFirst = found.sort((a, b) => b.usedMs - a.usedMs)
  const old = newestFirst.filter(({ usedMs }, index) => index >= mostKept || nowMs - usedMs > keptMs)
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { recursive: true, force: true })))
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Another process may end its upload meanwhile: then there is nothing to forget. */
async function usedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  )
}
