/** What passes a cable or a segment, as `tcpdump` prints it: the proof of who sent what. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import type { LabMachine } from './machine.js'

export interface Capture {
  /** A line for every packet; the oldest are dropped when there is more than 256 Ki characters of them. */
  lines(): readonly string[]
  /** The first packet whose line matches; 10 s when no time is given. @throws {DeadlineError} */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<string>
  stop(): Promise<void>
}

/** `IP 10.0.0.7.4321 > …`, `IP6 …`, `ARP, …`, or hardware addresses; what tcpdump says of itself begins otherwise. */
const PACKET = '(?:IP6? |ARP,|[0-9a-f]{2}:[0-9a-f]{2}:)'

/** Resolves when every packet from now on is seen.
 *
 * @param device a link of the machine
 * @param filter in words of pcap-filter(7): `['icmp', 'or', 'icmp6']`; with `-e` first, hardware addresses are shown
 * @throws {NodeNetworkError} NODE_NET_LAB when tcpdump does not start, or does not understand the filter
 */
export async function startCapture(
  machine: LabMachine,
  device: string,
  filter: readonly string[] = [],
): Promise<Capture> {
  // -l: line by line; -n, -t: no names, no times; -Z root: in a user namespace there is nobody else.
  const options = ['-i', device, '-l', '-n', '-t', '--immediate-mode', '-Z', 'root']
  const tcpdump = await machine.start(['tcpdump', ...options, ...filter])
  try {
    await tcpdump.waitFor(/^listening on /m)
  } catch (cause) {
    await tcpdump.stop()
    throw new NodeNetworkError('NODE_NET_LAB', `${device} of ${machine.name} cannot be watched`, {
      hint: `the filter was ${JSON.stringify(filter.join(' '))}`,
      cause,
    })
  }
  const packet = new RegExp(`^${PACKET}`)
  return {
    lines: () =>
      tcpdump
        .output()
        .split('\n')
        .filter(line => packet.test(line)),
    async waitFor(pattern, timeoutMs) {
      const line = new RegExp(`^${PACKET}.*(?:${pattern.source}).*$`, pattern.flags.includes('i') ? 'im' : 'm')
      return (await tcpdump.waitFor(line, timeoutMs))[0]
    },
    stop: () => tcpdump.stop(),
  }
}
