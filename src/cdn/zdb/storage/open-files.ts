/** Data files open for reading: a bounded number, the least recently used is closed when nobody reads it. */
import { close, closeSync, openSync, read, readSync } from 'node:fs'

interface Open {
  readonly fd: number
  readers: number
  dropped: boolean
}

/** Below this a read from memory that the system keeps is cheaper than the way to another thread and back. */
const SMALL_BYTES = 16 * 1024

export class OpenFiles {
  readonly #open = new Map<number, Open>()

  constructor(
    readonly pathOf: (file: number) => string,
    readonly most = 16,
  ) {}

  /** Exactly `length` bytes; undefined when the file has fewer. @throws what the system says */
  read(file: number, offset: number, length: number): Buffer | undefined | Promise<Buffer | undefined> {
    const buffer = length > SMALL_BYTES ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length)
    if (length <= SMALL_BYTES) {
      const { fd } = this.#file(file)
      return readSync(fd, buffer, 0, length, offset) === length ? buffer : undefined
    }
    return this.#readLarge(file, offset, buffer)
  }

  async #readLarge(file: number, offset: number, buffer: Buffer): Promise<Buffer | undefined> {
    const open = this.#file(file)
    open.readers++
    try {
      let filled = 0
      while (filled < buffer.length) {
        const got = await readSome(open.fd, buffer, filled, offset + filled)
        if (got === 0) return undefined
        filled += got
      }
      return buffer
    } finally {
      open.readers--
      if (open.dropped && open.readers === 0) close(open.fd, () => {})
    }
  }

  #file(file: number): Open {
    const known = this.#open.get(file)
    if (known !== undefined) {
      this.#open.delete(file)
      this.#open.set(file, known)
      return known
    }
    const opened: Open = { fd: openSync(this.pathOf(file), 'r'), readers: 0, dropped: false }
    this.#open.set(file, opened)
    if (this.#open.size > this.most) this.drop(this.#open.keys().next().value as number)
    return opened
  }

  drop(file: number): void {
    const open = this.#open.get(file)
    if (open === undefined) return
    this.#open.delete(file)
    open.dropped = true
    if (open.readers === 0) closeSync(open.fd)
  }

  close(): void {
    for (const file of [...this.#open.keys()]) this.drop(file)
  }
}

function readSome(fd: number, buffer: Buffer, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, at, buffer.length - at, position, (error, got) => (error ? reject(error) : resolve(got)))
  })
}
