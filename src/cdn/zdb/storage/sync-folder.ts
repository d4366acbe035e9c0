import { open } from 'node:fs/promises'

/** A new, renamed or removed file is on the disk only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (cause) {
    // Some file systems do not sync folders, and say so.
    if (!['EINVAL', 'EPERM', 'ENOTSUP'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause
  } finally {
    await handle.close()
  }
}
