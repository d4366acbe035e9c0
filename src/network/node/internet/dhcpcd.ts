/**
 * dhcpcd, kept to IPv4: otherwise it takes router advertisements away from the kernel. It reads a configuration of ours
 * and nothing of /etc, and says who it is by the hardware address. Its leases are in /var/lib/dhcpcd, by interface.
 */
import { join } from 'node:path'

import { Secret } from '../../../core/secret.js'
import { writePrivateFile } from '../services/private-file.js'
import type { DhcpClient } from './dhcp-client.js'
import { LEASE_PREFIX, readLease } from './read-lease.js'

/** Without `nodelay` it waits up to a second before it asks; `noarp`: five seconds of asking who has the address. */
const CONFIG = `ipv4only
noipv4ll
nodelay
noarp
clientid
reboot 1
option subnet_mask, routers, domain_name_servers, interface_mtu, classless_static_routes
`

/** `dhcpcd -T`, which would set nothing, crashes or hangs (9.4.1): what is set here goes with the namespace. */
const PROBE_SCRIPT = `#!/bin/sh
# Prints a lease.
case "$reason" in BOUND|REBOOT|RENEW|REBIND) ;; *) exit 0 ;; esac
printf '${LEASE_PREFIX}%s\\n' "ip=$new_ip_address" "mask=$new_subnet_cidr" "router=$new_routers" \\
  "dns=$new_domain_name_servers" "seconds=$new_dhcp_lease_time"
`

export function dhcpcd(): DhcpClient {
  return {
    name: 'dhcpcd',
    async probe({ runner, namespace, nic, folder, timeoutMs, signal }) {
      const script = join(folder, 'dhcpcd-probe.sh')
      const config = join(folder, 'dhcpcd-probe.conf')
      writePrivateFile(script, PROBE_SCRIPT, 0o700)
      writePrivateFile(config, CONFIG)
      const seconds = Math.max(1, Math.round(timeoutMs / 1_000))
      const { stdout } = await runner.run({
        namespace,
        program: 'dhcpcd',
        args: ['-4', '-B', '-1', '-t', String(seconds), '-f', config, '-c', script, nic],
        timeoutMs: timeoutMs + 5_000,
        mayFail: true,
        ...(signal ? { signal } : {}),
      })
      return readLease(stdout)
    },
    keeper(iface, namespace, { dns, folder }) {
      const config = join(folder, `dhcpcd-${iface}.conf`)
      // Its own hooks know how to write /etc/resolv.conf; without them it sets address and routes all the same.
      const hooks = dns ? 'nohook hostname, timesyncd, yp, ntp.conf\n' : 'script /bin/true\n'
      return {
        name: `dhcp-${iface}`,
        namespace,
        command: ['dhcpcd', '-4', '-B', '-f', config, iface],
        files: [{ path: config, content: new Secret(CONFIG + hooks) }],
      }
    },
  }
}
