/**
 * What a machine has of its own in the file system, as the text of an fstab: one `mount --all` makes it.
 *
 * Everything else is shared with the outside, so programs and files have the same paths in all machines.
 */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Lease clients and servers keep state there. They exist where such a program is installed, and are not made. */
const STATE_FOLDERS = ['/var/lib/dhcpcd', '/var/lib/dhcp', '/var/lib/misc']

export interface MachineMounts {
  readonly fstab: string
  /** Written by the caller, beside the fstab. */
  readonly resolvConf: string
}

/** @param folder the machine's own, outside of /run */
export function machineMounts(folder: string): MachineMounts {
  const resolv = resolvMount(`${folder}/etc`)
  const lines = [
    'lab-run /run tmpfs mode=755,size=64m',
    'lab-netns /run/netns tmpfs mode=755,size=1m,X-mount.mkdir',
    ...STATE_FOLDERS.filter(path => existsSync(path)).map(path => `lab-state ${path} tmpfs mode=755,size=4m`),
    // The one that was there shows the links of the namespace it was mounted in.
    'lab-sys /sys sysfs nosuid,nodev,noexec',
    ...resolv.lines,
  ]
  return { fstab: `${lines.map(line => `${line} 0 0`).join('\n')}\n`, resolvConf: resolv.file }
}

function resolvMount(etc: string): { lines: readonly string[]; file: string } {
  const real = realpathOf('/etc/resolv.conf')
  if (real === undefined) return { lines: [], file: `${etc}/resolv.conf` }
  // A link into /run, which is empty now (systemd-resolved): the folder that it leads to is given instead.
  return real.startsWith('/run/')
    ? { lines: [`${escaped(etc)} ${escaped(dirname(real))} none bind,X-mount.mkdir`], file: `${etc}/${basename(real)}` }
    : { lines: [`${escaped(`${etc}/resolv.conf`)} ${escaped(real)} none bind`], file: `${etc}/resolv.conf` }
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** Source: fstab(5). */
function escaped(path: string): string {
  return path.replace(/[\\\s#]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
