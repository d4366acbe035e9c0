/** Sysctls: those that `ip netconf` tells, and those that `sysctl` prints. */
import { JsonPlace } from './read-ip-json.js'

/** Forwarding of both families, of all links and of each.
 *
 * @throws {NodeNetworkError} NODE_NET_OBSERVE
 */
export function readNetconf(command: string, document: unknown): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const { object, place } of new JsonPlace(command, 'netconf').objects(document)) {
    const { forwarding, family } = object
    if (typeof forwarding !== 'boolean') continue
    const value = forwarding ? '1' : '0'
    const name = place.text(object, 'interface')
    if (family === 'inet') values.set(`net.ipv4.conf.${name}.forwarding`, value)
    if (family === 'inet6') values.set(`net.ipv6.conf.${name}.forwarding`, value)
    if (family === 'inet' && name === 'all') values.set('net.ipv4.ip_forward', value)
  }
  return values
}

/** `key = value` a line; a name with a dot has `/` for it, and numbers are parted by tabs. */
export function readSysctls(stdout: string): ReadonlyMap<string, string> {
  const lines = stdout.split('\n').map(line => /^(\S+) = (.*)$/.exec(line))
  return new Map(lines.flatMap(match => (match ? [[String(match[1]), String(match[2]).replaceAll('\t', ' ')]] : [])))
}
