/**
 * Progress for a person: on a terminal, lines at the bottom that are redrawn; elsewhere, one line an event.
 *
 * Everything goes to one stream; what a program writes to the same terminal meanwhile is let through by `aside`.
 */
import type { Message } from '../../events/host.js'
import type { OutputStream, Terminal } from '../context.js'
import { type Style, styleOf } from './style.js'
import { clean, cut } from './text.js'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80
/** Deployments shown one by one; more are counted. */
const MOST_ROWS = 12

interface Row {
  readonly label: string
  state: string
  done: boolean
  failed: boolean
}

export class Progress {
  readonly #stream: OutputStream
  readonly #terminal: Terminal
  readonly #style: Style
  readonly #rows = new Map<string, Row>()
  #activity = ''
  #drawn = 0
  #frame = 0
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(stream: OutputStream, terminal: Terminal) {
    this.#stream = stream
    this.#terminal = terminal
    this.#style = styleOf(terminal.colors)
  }

  notify(message: Message): void {
    if (message.level === 'debug' && message.code !== 'OBSERVE_STARTED') return
    if (!this.#terminal.interactive) {
      if (message.level !== 'debug') this.#stream.write(`${this.#line(message)}\n`)
      return
    }
    this.#take(message)
    if (message.level === 'warn' || message.level === 'error')
      this.aside(() => this.#stream.write(`${this.#line(message)}\n`))
    this.#draw()
  }

  /** Writes something else to the terminal without disturbing the lines that are redrawn. */
  aside<T>(write: () => T): T {
    this.#erase()
    const result = write()
    this.#draw()
    return result
  }

  /** Takes the redrawn lines away. More messages bring them back. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#erase()
    this.#activity = ''
    this.#rows.clear()
  }

  #take({ code, text, data = {} }: Message): void {
    const key = `${data.nodeId}/${data.contractId}`
    switch (code) {
      case 'NODE_SENT':
        this.#rows.set(key, {
          label: `node ${data.nodeId}  ${data.name ?? data.contractId}`,
          state: 'accepted',
          done: false,
          failed: false,
        })
        return
      case 'WORKLOAD_STATE': {
        const row = this.#rows.get(key)
        if (!row) return
        row.state = `${data.type} ${data.name} ${data.state}${data.state === 'error' ? `: ${data.message}` : ''}`
        row.failed ||= data.state === 'error'
        return
      }
      case 'DEPLOYMENT_READY': {
        const row = this.#rows.get(key)
        if (row) Object.assign(row, { state: 'ready', done: true })
        return
      }
      case 'APPLY_DONE':
        this.stop()
        this.#stream.write(
          `${this.#style.good('✔')} ${clean(text)} ${this.#style.quiet(`in ${seconds(data.elapsedMs)}`)}\n`,
        )
        return
      case 'GRID_READY':
        this.stop()
        this.#stream.write(
          `${this.#style.good('✔')} ${clean(text)} ${this.#style.quiet(`in ${seconds(data.elapsedMs)}`)}\n`,
        )
        return
      case 'MACHINES_READY':
      case 'PLAN_READY':
        this.stop()
        return
      default:
        this.#activity = clean(text)
    }
  }

  #draw(): void {
    if (!this.#terminal.interactive) return
    const columns = this.#terminal.columns ?? 80
    const lines = this.#lines().map(line => cut(line, columns - 1))
    if (lines.length === 0) return
    this.#erase()
    this.#stream.write(`${lines.map(line => this.#paint(line)).join('\n')}\n`)
    this.#drawn = lines.length
    // A spinner keeps no process alive.
    this.#timer ??= setInterval(() => {
      this.#frame++
      this.#draw()
    }, FRAME_MS).unref()
  }

  #lines(): readonly string[] {
    const frame = FRAMES[this.#frame % FRAMES.length] ?? ''
    const rows = [...this.#rows.values()]
    const open = rows.filter(row => !row.done)
    const shown = open.slice(0, Math.min(MOST_ROWS, Math.max(1, this.#terminal.rows - 4)))
    const done = rows.length - open.length
    return [
      ...(this.#activity === '' ? [] : [`${frame} ${this.#activity}`]),
      ...shown.map(row => clean(`  ${row.failed ? '✖' : '·'} ${row.label}  ${row.state}`)),
      ...(open.length > shown.length ? [`    and ${open.length - shown.length} more`] : []),
      ...(done > 0 ? [`  ✔ ${done} of ${rows.length} ready`] : []),
    ]
  }

  #paint(line: string): string {
    if (line.startsWith('  ✖')) return this.#style.bad(line)
    return line.startsWith('  ') ? this.#style.quiet(line) : line
  }

  #erase(): void {
    if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\u001b[0J`)
    this.#drawn = 0
  }

  #line({ level, text }: Message): string {
    const paint =
      level === 'error' ? this.#style.bad : level === 'warn' ? this.#style.caution : (plain: string) => plain
    return `${level === 'info' ? '' : `${paint(level)} `}${clean(text)}`
  }
}

function seconds(elapsedMs: unknown): string {
  return `${Math.round(Number(elapsedMs ?? 0) / 10) / 100} s`
}
