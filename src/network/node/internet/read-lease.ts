/** A lease as a client's script printed it, `name=value` a line. Servers are strangers: everything is checked. */
import { formatIp, isIpv4, parseIp } from '../../address/index.js'
import type { DhcpLease } from './dhcp-client.js'

/** Before each line that is ours; programs print other things too. */
export const LEASE_PREFIX = 'lease.'

const MOST_SERVERS = 8
/** Own address, prefix length … of a host: neither unspecified, loopback, multicast nor broadcast. */
const UNUSABLE = /^(0|127|22[4-9]|2[3-5]\d)\./

/** Undefined when there is none, or none that a host can have. */
export function readLease(output: string): DhcpLease | undefined {
  const values = new Map<string, string>()
  for (const line of output.split('\n')) {
    const match = /^lease\.([a-z]+)=([0-9. ]*)\s*$/.exec(line)
    if (match) values.set(match[1] as string, match[2] as string)
  }
  const [address] = addresses(values.get('ip'))
  const mask = values.get('mask') ?? ''
  const length = /^\d{1,2}$/.test(mask) ? Number(mask) : Number.NaN
  if (address === undefined || !(length >= 1 && length <= 32)) return undefined
  const [router] = addresses(values.get('router'))
  const seconds = values.get('seconds') ?? ''
  return {
    address: `${address}/${length}`,
    ...(router === undefined ? {} : { router }),
    ...(/^\d{1,10}$/.test(seconds) ? { leaseSeconds: Number(seconds) } : {}),
    dns: addresses(values.get('dns')).slice(0, MOST_SERVERS),
  }
}

function addresses(text = ''): readonly string[] {
  return text
    .split(' ')
    .filter(word => isIpv4(word) && !UNUSABLE.test(word))
    .map(word => formatIp(parseIp(word)))
}
