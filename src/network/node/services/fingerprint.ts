/** What a service was started with, in 64 digits: a change of anything is seen, a secret is not. */
import { createHash } from 'node:crypto'

import type { ServiceSpec } from './port.js'

/** SHA-256 (hexadecimal) over everything a specification says, contents of files included. Files count in any order,
 * and so does `after`.
 *
 * @example fingerprintOf({ name: 'dhcp-zos', namespace: 'root', command: ['udhcpc', '-i', 'zos'] }) // '6e0c…', 64 digits
 */
export function fingerprintOf(spec: ServiceSpec): string {
  const files = (spec.files ?? [])
    .map(file => [file.path, file.executable === true, digest(file.content.reveal())] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return digest(JSON.stringify([spec.name, spec.namespace, spec.command, files, [...(spec.after ?? [])].sort()]))
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
