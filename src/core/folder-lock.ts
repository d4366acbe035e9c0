/**
 * One process at a time: a file `lock` that names its owner. The owner that died (SIGKILL) leaves it behind; the next
 * process sees that nobody of that identity lives and takes over.
 */
import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Owner {
  readonly pid: number
  /** Boot and start of the process: a process id alone is given again, and in a container it is always the same. */
  readonly birth: string
}

const ATTEMPTS = 5

/** Takes the folder for this process, and returns the way to let go.
 *
 * @param inUse makes the error that is thrown when a living process holds the folder; without a pid several processes
 * are after it at this moment
 */
export function lockFolder(dir: string, inUse: (pid?: number) => Error): () => void {
  const path = join(dir, 'lock')
  const mine = JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) ?? '' } satisfies Owner)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (create(dir, path, mine)) return () => release(path, mine)
    const text = readText(path)
    if (text === undefined) continue
    const owner = readOwner(text)
    if (owner && isAlive(owner)) throw inUse(owner.pid)
    evict(dir, path, text)
  }
  throw inUse()
}

/** With its content at once: a lock without an owner's name never exists. */
function create(dir: string, path: string, content: string): boolean {
  const draft = join(dir, `lock.${randomUUID()}`)
  writeFileSync(draft, content, { flag: 'wx', mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createWithoutLinks(path, content)
    throw error
  } finally {
    unlinkSync(draft)
  }
}

/** File systems without hard links: one that is killed here leaves an empty lock, which counts as dead. */
function createWithoutLinks(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Moves the dead owner's lock away; puts it back when another process has just replaced it by its own. */
function evict(dir: string, path: string, dead: string): void {
  const aside = join(dir, `lock.${randomUUID()}`)
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    if (readText(aside) !== dead) linkSync(aside, path)
  } finally {
    unlinkSync(aside)
  }
}

function release(path: string, mine: string): void {
  if (readText(path) === mine) unlinkSync(path)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readOwner(text: string): Owner | undefined {
  try {
    const { pid, birth } = JSON.parse(text) as Owner
    return Number.isSafeInteger(pid) && pid > 0 && typeof birth === 'string' ? { pid, birth } : undefined
  } catch {
    return undefined
  }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const birth = birthOf(owner.pid)
  return birth === undefined || owner.birth === '' || birth === owner.birth
}

/** Linux tells when a process began (field 22 of its stat, in ticks since boot); elsewhere the pid must do. */
export function birthOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name, which may hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie is dead: it only waits for its parent to ask.
    return fields[0] === 'Z' ? 'dead' : `${boot}/${fields[19]}`
  } catch {
    return undefined
  }
}
