/** When another NIC becomes the uplink: what the old segment gave must not be used on the new one. */
import { standingChoices } from './compile/facts.js'
import { BRIDGE, NAMESPACE, NDMZ_LINK } from './compile/names.js'
import type { ProcessManager } from './services/port.js'
import { ROOT } from './state/desired.js'
import type { ObservedState } from './state/observed.js'
import type { CommandRunner } from './system/runner.js'
import type { UplinkChoice } from './uplink-choice.js'

/** Ends lease clients, so that they ask anew, and forgets prefixes and routers. Nothing happens when the uplink stays.
 *
 * @param before observed; the root namespace is enough
 */
export async function leaveUplink(
  { services, runner }: { readonly services: ProcessManager; readonly runner: CommandRunner },
  before: ObservedState,
  { uplink, exit }: UplinkChoice,
): Promise<void> {
  const standing = standingChoices(before)
  if (standing.uplink === undefined || standing.uplink === uplink) return
  await services.stop(`dhcp-${BRIDGE.uplink}`)
  await services.stop(`dhcp-${NDMZ_LINK.ipv4}`)
  // Switched off and on again, the kernel asks for routers as on a new link.
  const links = [[ROOT, BRIDGE.uplink], ...(exit === undefined ? [[NAMESPACE.ndmz, NDMZ_LINK.ipv6]] : [])] as const
  for (const [namespace, link] of links) {
    for (const value of [1, 0]) {
      const args = ['-e', '-w', `net.ipv6.conf.${link}.disable_ipv6=${value}`]
      await runner.run({ namespace, program: 'sysctl', args, mayFail: true })
    }
  }
}
