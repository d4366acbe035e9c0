/** Files that only the node's own user may read, whole or not there at all: written beside their place and renamed. */
import { randomUUID } from 'node:crypto'
import { closeSync, fchmodSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** @param mode 0600 when absent; whatever the umask and whatever was there before */
export function writePrivateFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  try {
    const fd = openSync(draft, 'wx', mode)
    try {
      fchmodSync(fd, mode)
      writeFileSync(fd, content)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
