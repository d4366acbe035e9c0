/** `wg show all dump`: one line for a device, one for each of its peers, fields parted by tabs. Source: wg(8). */
import { NodeNetworkError } from '../../../errors/node-network.js'
import type { WireguardPeerConfig } from '../state/desired.js'
import type { ObservedWireguard } from '../state/observed.js'

const DEVICE_FIELDS = 5
const PEER_FIELDS = 9

/** By name. Private and preshared keys are left where they are.
 *
 * @throws {NodeNetworkError} NODE_NET_OBSERVE
 */
export function readWireguard(command: string, stdout: string): ReadonlyMap<string, ObservedWireguard> {
  const devices = new Map<string, ObservedWireguard & { peers: WireguardPeerConfig[] }>()
  for (const [index, line] of stdout.split('\n').entries()) {
    if (line === '') continue
    const fields = line.split('\t')
    const unreadable = (what: string) =>
      new NodeNetworkError('NODE_NET_OBSERVE', `${command} printed ${what}`, {
        where: `line ${index + 1}`,
        details: { command, line: index + 1 },
      })
    const number = (text = '', off: string): number => {
      if (text === off) return 0
      if (!/^\d{1,5}$/.test(text)) throw unreadable('something else where a number must be')
      return Number(text)
    }
    const [name = '', second = '', third = ''] = fields
    if (fields.length === DEVICE_FIELDS) {
      const listenPort = number(fields[3], '(none)')
      devices.set(name, { publicKey: third === '(none)' ? '' : third, listenPort, peers: [] })
    } else if (fields.length === PEER_FIELDS) {
      const device = devices.get(name)
      if (!device) throw unreadable('a peer of a device that it did not name')
      device.peers.push(readPeer(second, fields, number))
    } else {
      throw unreadable(`${fields.length} fields`)
    }
  }
  return devices
}

function readPeer(
  publicKey: string,
  fields: readonly string[],
  number: (text: string | undefined, off: string) => number,
): WireguardPeerConfig {
  const [, , , endpoint = '(none)', allowedIps = '(none)'] = fields
  return {
    publicKey,
    ...(endpoint === '(none)' ? {} : { endpoint }),
    allowedIps: allowedIps === '(none)' ? [] : allowedIps.split(',').sort(),
    keepaliveSeconds: number(fields[8], 'off'),
  }
}
