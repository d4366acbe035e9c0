/**
 * What a service prints. It goes into a file and not through a pipe, because the service outlives a supervisor that is
 * killed, and a pipe that nobody reads any more would end or stop it. The file is cut while it is written.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

import { redacted } from '../system/redacted.js'

const MOST_BYTES = 256 * 1024
const KEPT_BYTES = 64 * 1024
const MOST_LINES = 200
const MOST_LINE_CHARACTERS = 2_000
const NEWLINE = 0x0a

export interface ServiceLog {
  /** For the standard output of the service: every write is put at the end. The caller closes it. */
  open(): number
  /** Its last lines, secrets removed. */
  lines(): readonly string[]
  /** Cuts it down when it has grown too long. A line that is printed at that moment may be lost. */
  trim(): void
  remove(): void
}

export function serviceLog(folder: string, name: string): ServiceLog {
  const path = join(folder, `${name}.log`)
  return {
    open() {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return openSync(path, 'a', 0o600)
    },
    lines() {
      const text = withFile(path, constants.O_RDONLY, fd => wholeLines(fd)) ?? Buffer.alloc(0)
      const lines = text.toString('utf8').split('\n')
      if (lines.at(-1) === '') lines.pop()
      return lines.slice(-MOST_LINES).map(line => redacted(line).slice(0, MOST_LINE_CHARACTERS))
    },
    trim() {
      withFile(path, constants.O_RDWR | constants.O_APPEND, fd => {
        if (fstatSync(fd).size <= MOST_BYTES) return
        const tail = wholeLines(fd)
        ftruncateSync(fd, 0)
        writeSync(fd, tail)
      })
    },
    remove: () => rmSync(path, { force: true }),
  }
}

/** The end of the file from the start of a line on: half a key would not be recognised as one. */
function wholeLines(fd: number): Buffer {
  const { size } = fstatSync(fd)
  const tail = Buffer.alloc(Math.min(size, KEPT_BYTES))
  const read = tail.subarray(0, readSync(fd, tail, 0, tail.length, size - tail.length))
  return size <= KEPT_BYTES ? read : read.subarray(read.indexOf(NEWLINE) + 1 || read.length)
}

function withFile<T>(path: string, flags: number, use: (fd: number) => T): T | undefined {
  let fd: number
  try {
    fd = openSync(path, flags)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}
