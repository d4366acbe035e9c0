/** A connection of a test that sends bytes as they are, and reads as many as are expected. */
import { connect, type Socket } from 'node:net'

const PATIENCE_MS = 5000

export class Wire {
  #got = Buffer.alloc(0)
  #wake: (() => void) | undefined
  ended = false

  private constructor(readonly socket: Socket) {
    const wake = () => this.#wake?.()
    socket.on('data', chunk => {
      this.#got = Buffer.concat([this.#got, chunk])
      wake()
    })
    socket.on('close', () => {
      this.ended = true
      wake()
    })
    socket.on('error', () => {})
  }

  static open({ host, port }: { readonly host: string; readonly port: number }): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Wire(socket)))
      socket.once('error', reject)
    })
  }

  async read(enough: (got: Buffer) => boolean): Promise<string> {
    const endsAt = Date.now() + PATIENCE_MS
    while (!enough(this.#got)) {
      const left = endsAt - Date.now()
      if (left <= 0 || this.ended) break
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const text = this.#got.toString('latin1')
    this.#got = Buffer.alloc(0)
    return text
  }

  /** Sends, and gives back as many bytes as `answer` has. */
  async ask(bytes: string, answer: string): Promise<string> {
    this.socket.write(bytes, 'latin1')
    return this.read(got => got.length >= answer.length)
  }

  async line(bytes: string): Promise<string> {
    this.socket.write(bytes, 'latin1')
    return this.read(got => got.includes('\r\n'))
  }

  /** Sends, and gives back what comes until the server ends the connection. */
  async end(bytes: string): Promise<string> {
    this.socket.write(bytes, 'latin1')
    return this.read(() => this.ended)
  }
}

export const request = (...args: readonly string[]) =>
  `*${args.length}\r\n${args.map(arg => `$${arg.length}\r\n${arg}\r\n`).join('')}`

export const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
