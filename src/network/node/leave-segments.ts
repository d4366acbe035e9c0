/**
 * NICs that change lead to other segments: leases, prefixes and routers of the old ones are no good, and would look like a
 * way out for as long as their lifetime is. They are forgotten when nothing leads to the old segments any more.
 */
import { BRIDGE, NAMESPACE, NDMZ_LINK, PUBLIC_VETH } from './compile/names.js'
import type { ProcessManager } from './services/port.js'
import { type LinkPlace, ROOT } from './state/desired.js'
import { linkWord } from './system/batch-word.js'
import type { CommandRunner } from './system/runner.js'

interface Nics {
  readonly uplink?: string
  readonly exit?: string
}

/** Does nothing where the NICs stay, or none was chosen before. What is taken away, `apply` puts back where it is wanted.
 *
 * @returns what is to be done when the NICs lead to the new segments: ask for routers there
 */
export async function leaveSegments(given: {
  readonly runner: CommandRunner
  readonly services: Pick<ProcessManager, 'stop'>
  readonly standing: Nics
  readonly choice: Nics
}): Promise<() => Promise<void>> {
  const { runner, services, standing, choice } = given
  if (standing.uplink === undefined) return async () => {}
  const otherUplink = standing.uplink !== choice.uplink
  const otherPublic = (standing.exit ?? standing.uplink) !== (choice.exit ?? choice.uplink)
  const attempt = async ({ namespace }: Pick<LinkPlace, 'namespace'>, program: string, ...args: readonly string[]) => {
    await runner.run({ namespace, program, args, mayFail: true })
  }

  const ports = [
    ...(otherUplink ? [standing.uplink] : []),
    ...(otherPublic ? [standing.exit ?? PUBLIC_VETH.publicEnd] : []),
  ]
  for (const port of ports) await attempt({ namespace: ROOT }, 'ip', 'link', 'set', 'dev', linkWord(port), 'nomaster')

  const leased = otherUplink ? LEASED : []
  for (const link of leased) {
    await services.stop(`dhcp-${link.name}`)
    await attempt(link, 'ip', '-4', 'address', 'flush', 'dev', link.name, 'dynamic')
  }
  const restart = async (link: LinkPlace) => {
    const key = `net.ipv6.conf.${link.name}.disable_ipv6`
    await attempt(link, 'sysctl', '-e', '-w', `${key}=1`, `${key}=0`)
  }
  const advertised = [...(otherUplink ? [UPLINK] : []), ...(otherPublic ? [PUBLIC_WAY] : [])]
  for (const link of [...advertised, ...(otherPublic ? [PUBLIC] : [])]) await restart(link)
  // These links do not notice that a NIC behind a bridge is another: the kernel would ask again in four seconds, or more.
  return async () => {
    for (const link of advertised) await restart(link)
  }
}

const UPLINK: LinkPlace = { namespace: ROOT, name: BRIDGE.uplink }
const LEASED: readonly LinkPlace[] = [UPLINK, { namespace: NAMESPACE.ndmz, name: NDMZ_LINK.ipv4 }]
const PUBLIC_WAY: LinkPlace = { namespace: NAMESPACE.ndmz, name: NDMZ_LINK.ipv6 }
/** Its own addresses are static, and given back by `apply`. */
const PUBLIC: LinkPlace = { namespace: NAMESPACE.public, name: 'public' }
