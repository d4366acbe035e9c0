/** A process that may not be our child: told from others by its id and its birth. */
import { readdirSync, readFileSync } from 'node:fs'

import { birthOf } from '../../../core/folder-lock.js'

export interface ProcessIdentity {
  readonly pid: number
  /** Boot and start time: ids are given again. */
  readonly birth: string
}

/** Undefined when it has ended already. */
export function identify(pid: number): ProcessIdentity | undefined {
  const birth = birthOf(pid)
  return birth === undefined || birth === 'dead' ? undefined : { pid, birth }
}

export function isRunning({ pid, birth }: ProcessIdentity): boolean {
  return birthOf(pid) === birth
}

/** A leader of its group that was started with this in its environment: its starter was killed before it wrote the id
 * down. */
export function findByEnvironment(entry: string): ProcessIdentity | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const isLeader = groupOf(name) === name
      if (isLeader && readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(entry)) {
        return identify(Number(name))
      }
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  return undefined
}

function groupOf(pid: string): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]
}
