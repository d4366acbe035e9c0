/** Each NIC is probed in a namespace of its own. A link's name always fits into the namespace's. */
const PREFIX = 'probe-'

export function probeNamespace(nic: string): string {
  return `${PREFIX}${nic}`
}

export function isProbeNamespace(name: string): boolean {
  return name.startsWith(PREFIX) && name.length > PREFIX.length
}
