/** A folder that nobody else can put anything into: programs and configurations that root runs lie there. */
import { lstatSync, mkdirSync, statSync } from 'node:fs'

import { NodeNetworkError } from '../../../errors/node-network.js'

const WRITABLE_BY_OTHERS = 0o022

/** Made with mode 0700 where it is not there. @throws {NodeNetworkError} NODE_NET_PERMISSION when it is not ours alone */
export function ownFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const me = process.geteuid?.() ?? 0
  const { mode, uid } = statSync(path)
  // A link of somebody else's can lead elsewhere tomorrow.
  const isOurs = uid === me && lstatSync(path).uid === me
  if (isOurs && (mode & WRITABLE_BY_OTHERS) === 0) return
  throw new NodeNetworkError('NODE_NET_PERMISSION', `others can change what is in ${path}`, {
    where: path,
    hint: isOurs
      ? 'choose a folder of its own, or take their rights: chmod 700'
      : 'it belongs to somebody else: choose another',
  })
}
