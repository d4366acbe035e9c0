/** How much all connections together may hold of requests they are receiving. Whoever finds no room reads no further. */
import type { Socket } from 'node:net'

interface Waiting {
  readonly bytes: number
  readonly go: (taken: boolean) => void
}

export class MemoryBudget {
  #free: number
  #waiting: Waiting[] = []

  constructor(readonly bytes: number) {
    this.#free = bytes
  }

  /** False when the socket closed meanwhile: then nothing was taken. */
  async take(bytes: number, socket: Socket): Promise<boolean> {
    if (this.#waiting.length === 0 && bytes <= this.#free) {
      this.#free -= bytes
      return true
    }
    if (socket.destroyed) return false
    return new Promise(resolve => {
      const waiting: Waiting = {
        bytes,
        go: taken => {
          socket.off('close', onClose)
          resolve(taken)
        },
      }
      const onClose = () => {
        this.#waiting = this.#waiting.filter(one => one !== waiting)
        waiting.go(false)
        this.#serve()
      }
      socket.once('close', onClose)
      this.#waiting.push(waiting)
    })
  }

  release(bytes: number): void {
    this.#free += bytes
    this.#serve()
  }

  /** First come, first served: a large request is not passed by small ones for ever. */
  #serve(): void {
    for (let first = this.#waiting[0]; first !== undefined && first.bytes <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= first.bytes
      first.go(true)
    }
  }
}
