/** The lab's Internet: one host, which knows the way to public addresses and to no private one. */

import { startEcho } from './echo.js'
import { INTERNET } from './internet-addresses.js'
import type { LabProcess } from './lab-process.js'
import type { LabMachine } from './machine.js'
import { batch } from './router.js'
import { addressed, routesBack } from './router-config.js'
import type { SegmentSpec, UserSpec } from './scenario.js'

export interface LabInternet {
  readonly machine: LabMachine
  readonly ipv4: string
  readonly ipv6: string
  /** See `askEcho`. */
  readonly echo: LabProcess
}

/** @param machine with its `eth0` on the Internet's segment */
export async function startInternet(machine: LabMachine, segments: readonly SegmentSpec[]): Promise<LabInternet> {
  await batch(machine, host([INTERNET.ipv4, INTERNET.ipv6], segments))
  return { machine, ipv4: INTERNET.ipv4, ipv6: INTERNET.ipv6, echo: await startEcho(machine) }
}

/** Somebody else on the Internet: no NAT and no firewall before them. */
export function startUser(machine: LabMachine, user: UserSpec, segments: readonly SegmentSpec[]): Promise<void> {
  return batch(machine, host([user.ipv4, user.ipv6], segments))
}

function host([ipv4, ipv6]: readonly [string, string], segments: readonly SegmentSpec[]): readonly string[] {
  return [
    ...addressed('eth0', [`${ipv4}/${INTERNET.prefixLength4}`, `${ipv6}/${INTERNET.prefixLength6}`]),
    ...routesBack(segments),
  ]
}
