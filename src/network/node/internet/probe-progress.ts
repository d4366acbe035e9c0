/** When probing is over: a pure decision on what is known of each NIC. */
import type { DhcpLease } from './dhcp-client.js'

export interface NicProgress {
  readonly nic: string
  readonly carrier: boolean
  readonly mac?: string
  /** Undefined as long as it is being asked; null when nobody has offered one. */
  readonly lease?: DhcpLease | null
  readonly ipv6: readonly string[]
  readonly gateway6?: string
  readonly routerMacs: readonly string[]
}

export interface ProbeTimes {
  /** After the first NIC that could be used. */
  readonly graceMs: number
  readonly limitMs: number
  /** A segment whose routers have said nothing for so long has none. */
  readonly routerMs: number
  /** As long as nothing can be used, one without carrier is waited for. */
  readonly carrierMs: number
}

export function isUsable({ lease, ipv6, gateway6 }: NicProgress): boolean {
  return lease?.router !== undefined || (gateway6 !== undefined && ipv6.length > 0)
}

/** @param elapsedMs since all NICs were set up
 * @param usableMs when the first of them could be used, on the same clock
 */
export function isProbingOver(
  nics: readonly NicProgress[],
  times: ProbeTimes,
  elapsedMs: number,
  usableMs: number | undefined,
): boolean {
  if (elapsedMs >= times.limitMs) return true
  if (usableMs !== undefined && elapsedMs - usableMs >= times.graceMs) return true
  const plugged = nics.filter(({ carrier }) => carrier)
  if (!plugged.every(one => hasAnswered(one, times, elapsedMs))) return false
  // One without a cable does not delay the others, if those are of any use.
  return plugged.length === nics.length || plugged.some(isUsable) || elapsedMs >= times.carrierMs
}

function hasAnswered({ lease, ipv6, gateway6 }: NicProgress, { routerMs }: ProbeTimes, elapsedMs: number): boolean {
  const routerKnown = (gateway6 !== undefined && ipv6.length > 0) || elapsedMs >= routerMs
  return lease !== undefined && routerKnown
}
