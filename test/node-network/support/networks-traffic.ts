/** Packets between machines that are namespaces, and how many of them were lost. */
import type { LabProcess } from '../../../src/network/node/lab/lab-process.js'
import type { LabMachine } from '../../../src/network/node/lab/machine.js'
import { eventually } from '../../support/eventually.js'

/** How long silence is listened to before it counts. */
const SILENCE_SECONDS = '0.4'
/** A first handshake that was lost is tried again after five seconds. */
const HANDSHAKE_MS = 15_000

export interface Place {
  readonly machine: LabMachine
  readonly namespace: string
}

/** Whether one of some packets is answered. */
export async function answers({ machine, namespace }: Place, address: string, packets = 2): Promise<boolean> {
  const { code } = await machine.runner.run({
    namespace,
    program: 'ping',
    args: ['-n', '-q', '-c', String(packets), '-i', '0.1', '-W', SILENCE_SECONDS, address],
    mayFail: true,
  })
  return code === 0
}

/** Waits for the first answer: WireGuard may need another handshake. */
export async function reaches(place: Place, address: string, timeoutMs = HANDSHAKE_MS): Promise<void> {
  const from = `${place.namespace} of ${place.machine.name}`
  await eventually(`an answer of ${address} to ${from}`, () => answers(place, address, 1), timeoutMs)
}

export interface Pinging {
  /** Resolves when so many more packets were answered. */
  answered(more: number): Promise<void>
  /** Ends it: how many were answered, and how many before the last of these were not. */
  stop(): Promise<{ readonly received: number; readonly lost: number }>
}

const PAUSE_SECONDS = '0.02'

/** Goes on until it is stopped. Resolves with the first answer. */
export async function keepPinging({ machine, namespace }: Place, address: string): Promise<Pinging> {
  const command = ['ip', 'netns', 'exec', namespace, 'ping', '-n', '-i', PAUSE_SECONDS, address]
  const ping: LabProcess = await machine.start(command)
  // Only whole lines: the last one may be cut off anywhere.
  const sequences = () => [...ping.output().matchAll(/icmp_seq=(\d+) ttl=.*\n/g)].map(([, number]) => Number(number))
  const answered = async (more: number) => {
    const before = sequences().length
    await eventually(`${more} answers of ${address} to ${namespace}`, () => sequences().length >= before + more)
  }
  await answered(1)
  return {
    answered,
    async stop() {
      await answered(5)
      ping.signal('SIGINT')
      await ping.ended
      const all = new Set(sequences())
      const [first = 0, last = 0] = [Math.min(...all), Math.max(...all)]
      return { received: all.size, lost: last - first + 1 - all.size }
    },
  }
}

/** Bytes that were sent and received by every WireGuard device of a node, in user space or not. */
export async function wireguardBytes(machine: LabMachine): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await machine.run('wg', 'show', 'all', 'transfer')
  const bytes = new Map<string, number>()
  for (const line of stdout.trim().split('\n')) {
    const [device = '', , received, sent] = line.split('\t')
    bytes.set(device, (bytes.get(device) ?? 0) + Number(received) + Number(sent))
  }
  return bytes
}
