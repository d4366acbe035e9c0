/** Which links are NICs. What sysfs says is not asked: after entering a namespace it may be another one's. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import type { CommandRunner } from '../system/runner.js'
import { type IpLink, readIpLinks } from './ip-json.js'

export interface Nic {
  readonly name: string
  readonly mac?: string
  /** A port of a bridge or bond. */
  readonly enslaved: boolean
}

/** NICs of the root namespace, by name.
 *
 * @param names those that count; hardware when absent
 * @throws {NodeNetworkError} NODE_NET_CONFIG when one of `names` is not there
 */
export async function listNics(runner: CommandRunner, names?: readonly string[]): Promise<readonly Nic[]> {
  const args = ['-j', '-d', 'link', 'show']
  const { stdout } = await runner.run({ namespace: ROOT, program: 'ip', args })
  return nicsAmong(readIpLinks(stdout, 'ip link show'), names)
}

/** The decision of `listNics`. */
export function nicsAmong(links: readonly IpLink[], names?: readonly string[]): readonly Nic[] {
  const missing = names?.filter(name => !links.some(({ ifname }) => ifname === name)) ?? []
  if (missing.length > 0) {
    throw new NodeNetworkError('NODE_NET_CONFIG', `there is no link called ${missing.join(', ')}`, {
      where: 'nics',
      hint: `the links are ${links.map(({ ifname }) => ifname).join(', ')}`,
    })
  }
  return links
    .filter(link => (names ? names.includes(link.ifname) : isHardware(link)))
    .map(({ ifname, address, master }) => ({
      name: ifname,
      ...(address === undefined ? {} : { mac: address }),
      enslaved: master !== undefined,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every virtual kind of link names itself; a port of a bridge has information too, but no kind. */
function isHardware({ ifname, link_type, linkinfo }: IpLink): boolean {
  return link_type === 'ether' && linkinfo?.info_kind === undefined && ifname !== 'lo'
}
