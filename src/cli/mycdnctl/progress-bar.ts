/** A line on a terminal that says how far it is, how fast, and how long it will take. */
import type { Message } from '../../events/host.js'
import type { OutputStream, Terminal } from '../context.js'
import { styleOf } from '../render/style.js'
import { cut } from '../render/text.js'

const REDRAW_MS = 100
const BAR_COLUMNS = 24
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export class ProgressBar {
  readonly #stream: OutputStream
  readonly #terminal: Terminal
  readonly #startedAt: number
  readonly #now: () => number
  /** Bytes in all, when they are known. */
  total: number | undefined
  #done = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #drawn = false
  readonly #paths = new Set<string>()

  constructor(stream: OutputStream, terminal: Terminal, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#terminal = terminal
    this.#now = now
    this.#startedAt = now()
  }

  notify({ code, data = {} }: Message): void {
    if (code === 'CDN_BLOCK_SAVED') this.#done += Number(data.bytes)
    else if (code === 'CDN_BYTES_READ') {
      this.#done += Number(data.added)
      this.#seen(String(data.path), Number(data.of))
    } else if (code === 'CDN_BLOCK_VERIFIED') {
      this.#done++
      this.#seen(String(data.path), Number(data.blocks))
    } else return
    const now = this.#now()
    if (now - this.#drawnAt < REDRAW_MS) return
    this.#drawnAt = now
    this.#stream.write(`\r\u001b[2K${this.#line(now, code === 'CDN_BLOCK_VERIFIED')}`)
    this.#drawn = true
  }

  /** Files of a directory come several at once, and how many there are nobody knows before they were found. */
  #seen(path: string, amount: number): void {
    if (this.#paths.has(path)) return
    this.#paths.add(path)
    this.total = (this.total ?? 0) + amount
  }

  /** Takes the line away; the next message brings it back. */
  clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[2K')
    this.#drawn = false
    this.#drawnAt = Number.NEGATIVE_INFINITY
  }

  #line(now: number, countsBlocks: boolean): string {
    const amount = (value: number) => (countsBlocks ? `${value}` : bytesText(value))
    const seconds = Math.max(0.001, (now - this.#startedAt) / 1000)
    const rate = this.#done / seconds
    const { good, quiet } = styleOf(this.#terminal.colors)
    const columns = (this.#terminal.columns ?? 80) - 1
    if (!this.total) return cut(`${amount(this.#done)}  ${amount(rate)}/s`, columns)
    const share = Math.min(1, this.#done / this.total)
    const filled = Math.round(share * BAR_COLUMNS)
    const left = rate > 0 ? Math.max(0, (this.total - this.#done) / rate) : 0
    const unit = countsBlocks ? ' blocks' : ''
    const rest = ` ${`${Math.floor(share * 100)}`.padStart(3)} %  ${amount(this.#done)} of ${amount(this.total)}${unit}${countsBlocks ? '' : `  ${bytesText(rate)}/s`}  ${timeText(left)} left`
    return `${good('█'.repeat(filled))}${quiet('░'.repeat(BAR_COLUMNS - filled))}${cut(rest, Math.max(1, columns - BAR_COLUMNS))}`
  }
}

/** `14 B`, `1.5 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[unit]}`
}

/** `7 s`, `3 min`, `2 h`. */
function timeText(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
