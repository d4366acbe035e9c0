/**
 * BusyBox's udhcpc. It sets nothing itself: a script does, which is told by its environment what the server said. Both
 * scripts are fixed texts, read nothing but that, and use only what looks like an IPv4 address or a number.
 *
 * Source of the variables: busybox networking/udhcp/dhcpc.c; client identifier and first address are those of the
 * hardware address, as with every other client that identifies itself by it.
 */
import { join } from 'node:path'

import { Secret } from '../../../core/secret.js'
import { writePrivateFile } from '../services/private-file.js'
import type { DhcpClient } from './dhcp-client.js'
import { LEASE_PREFIX, readLease } from './read-lease.js'

const PROBE_SCRIPT = `#!/bin/sh
# Prints a lease. Nothing is set.
[ "$1" = bound ] || exit 0
printf '${LEASE_PREFIX}%s\\n' "ip=$ip" "mask=$mask" "router=$router" "dns=$dns" "seconds=$lease"
`

/**
 * The address has the lease's lifetime, so the kernel takes it away when it is over, and nothing has to be done when the
 * client starts anew: an address that is still ours stays.
 */
const KEEPER_SCRIPT = `#!/bin/sh
# Keeps address and default route of an interface as the DHCP server says.
number() { case "$1" in ''|*[!0-9]*) return 1 ;; esac; }
address() { case "$1" in *[!0-9.]*|*.*.*.*.*) return 1 ;; *?.?*.?*.?*) return 0 ;; esac; return 1; }

case "$1" in
  deconfig) exec ip link set dev "$interface" up ;;
  bound|renew) ;;
  *) exit 0 ;;
esac
address "$ip" && number "$mask" || exit 1
number "$lease" || lease=forever

ip -4 address replace "$ip/$mask" broadcast + dev "$interface" valid_lft "$lease" preferred_lft "$lease" || exit 1
ip -4 -o address show dev "$interface" dynamic | while read -r _ _ _ cidr _; do
  [ "$cidr" = "$ip/$mask" ] || ip -4 address delete "$cidr" dev "$interface"
done
router="\${router%% *}"
if address "$router"; then
  ip -4 route replace default via "$router" dev "$interface" onlink proto dhcp
fi
`

/** Only where it was asked for. In a namespace this is /etc/netns/NAME/resolv.conf, bound there: it cannot be renamed. */
const DNS_SCRIPT = `if [ -n "$dns" ]; then
  for server in $dns; do
    if address "$server"; then printf 'nameserver %s\\n' "$server"; fi
  done > /etc/resolv.conf
fi
`

export function udhcpc(): DhcpClient {
  return {
    name: 'udhcpc',
    async probe({ runner, namespace, nic, folder, timeoutMs, signal }) {
      const script = join(folder, 'udhcpc-probe.sh')
      writePrivateFile(script, PROBE_SCRIPT, 0o700)
      const tries = Math.max(1, Math.round(timeoutMs / 1_000))
      const { stdout } = await runner.run({
        namespace,
        program: 'udhcpc',
        // In the foreground; ends after a lease, or after so many requests, a second apart.
        args: ['-f', '-q', '-n', '-t', String(tries), '-T', '1', '-i', nic, '-s', script],
        timeoutMs: timeoutMs + 5_000,
        mayFail: true,
        ...(signal ? { signal } : {}),
      })
      return readLease(stdout)
    },
    keeper(iface, namespace, { dns, folder }) {
      const script = join(folder, `udhcpc-${iface}.sh`)
      const content = new Secret(dns ? KEEPER_SCRIPT + DNS_SCRIPT : KEEPER_SCRIPT)
      return {
        name: `dhcp-${iface}`,
        namespace,
        // Three requests a second apart, then again after five seconds, for ever.
        command: ['udhcpc', '-f', '-t', '3', '-T', '1', '-A', '5', '-i', iface, '-s', script],
        files: [{ path: script, content, executable: true }],
      }
    },
  }
}
