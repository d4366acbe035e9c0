/** The real process as commands see it. */
import { InputError } from '../errors/input.js'
import type { CliContext } from './context.js'

export function processContext(process: NodeJS.Process): CliContext {
  // Whoever reads the output may stop reading: `hyphae grid | head -1`.
  process.stdout.on('error', endOnClosedPipe)
  process.stderr.on('error', endOnClosedPipe)

  let interrupted: Promise<string> | undefined
  return {
    process: process as unknown as CliContext['process'],
    cwd: process.cwd(),
    // Only commands that wait for a signal change what signals do.
    get interrupted() {
      interrupted ??= new Promise(resolve => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
      })
      return interrupted
    },
    readStdin: maxBytes => readAll(process.stdin, maxBytes),
  }
}

async function readAll(stream: AsyncIterable<Uint8Array | string>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part
    size += bytes.length
    if (size > maxBytes) throw new InputError('INPUT_FILE', `standard input is larger than ${maxBytes} bytes`)
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}
