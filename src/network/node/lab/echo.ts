/**
 * A server that tells whoever asks which address it sees: the proof of where a packet came from. Over TCP it answers a
 * connection, over UDP a packet.
 */
import { ROOT } from '../state/desired.js'
import { type LabProcess, startProcess } from './lab-process.js'
import type { LabMachine } from './machine.js'

/** Asked when nothing else is said. */
export const ECHO_PORT = 7
/** Also served over TCP: what nodes must reach, and what machines on them must not. */
export const ECHO_PORTS = [ECHO_PORT, 25, 80] as const

/** Runs with Node alone, read from its input: it needs no file that a machine could not see. */
const NODE = ['--input-type=module', '-'] as const
const PROGRAM = `import { createServer, connect } from 'node:net'
import { createSocket } from 'node:dgram'

const [mode, ...rest] = process.argv.slice(2)
const plain = address => address.replace(/^::ffff:/, '')

if (mode === 'serve') {
  const udp = createSocket('udp6')
  udp.on('message', (_, from) => udp.send(plain(from.address), from.port, from.address))
  await new Promise(resolve => udp.bind(Number(rest[0]), resolve))
  for (const port of rest) {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.end(plain(socket.remoteAddress ?? ''))
    })
    await new Promise(resolve => server.listen(Number(port), '::', resolve))
  }
  console.log('listening')
} else {
  const [address, port, timeoutMs, source] = rest
  const fail = why => {
    console.error(why)
    process.exit(1)
  }
  setTimeout(() => fail('no answer'), Number(timeoutMs))
  if (mode === 'udp') {
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    udp.on('error', error => fail(error.code))
    udp.on('message', answer => {
      console.log(String(answer))
      process.exit(0)
    })
    udp.bind(0, source, () => udp.send('?', Number(port), address))
  } else {
    const socket = connect({ host: address, port: Number(port), localAddress: source })
    let answer = ''
    socket.on('error', error => fail(error.code))
    socket.on('data', part => (answer += part))
    socket.on('end', () => {
      console.log(answer)
      process.exit(0)
    })
  }
}
`

/** Serves in the machine's root namespace, or in another of its namespaces. Resolves when it answers.
 *
 * @throws {NodeNetworkError} NODE_NET_LAB when a port is taken
 */
export async function startEcho(
  machine: LabMachine,
  { namespace = ROOT, ports = ECHO_PORTS }: { namespace?: string; ports?: readonly number[] } = {},
): Promise<LabProcess> {
  const argv = machine.runner.argvOf(namespace, [process.execPath, ...NODE, 'serve', ...ports.map(String)])
  const server = await startProcess(argv)
  server.write(PROGRAM)
  server.closeInput()
  await server.waitFor(/^listening$/m)
  return server
}

export interface AskOptions {
  /** An IP. */
  readonly address: string
  /** `ECHO_PORT` when absent. */
  readonly port?: number
  /** `tcp` when absent. */
  readonly protocol?: 'tcp' | 'udp'
  /** Where the question comes from; the machine's root namespace when absent. */
  readonly namespace?: string
  /** The address it is sent from. */
  readonly source?: string
  /** 5 s when absent. */
  readonly timeoutMs?: number
}

/** The address that the server sees, or why there is no answer: `no answer`, `ECONNREFUSED`, `ENETUNREACH` …
 *
 * @example await askEcho(node, { address: '198.51.100.1' }) // { seen: '198.51.100.2' }
 */
export async function askEcho(machine: LabMachine, options: AskOptions): Promise<{ seen?: string; failed?: string }> {
  const { address, port = ECHO_PORT, protocol = 'tcp', namespace = ROOT, source, timeoutMs = 5_000 } = options
  const question = [protocol, address, String(port), String(timeoutMs), ...(source === undefined ? [] : [source])]
  const outcome = await machine.runner.run({
    namespace,
    program: process.execPath,
    args: [...NODE, ...question],
    input: PROGRAM,
    mayFail: true,
  })
  return outcome.code === 0 ? { seen: outcome.stdout.trim() } : { failed: outcome.stderr.trim() }
}
