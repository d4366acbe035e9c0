import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where what must outlive a process is kept: explicit, then XDG_STATE_HOME, then `~/.local/state/hyphae`. */
export function stateFolder(explicit: string | undefined): string {
  if (explicit) return resolve(explicit)
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'hyphae')
}
