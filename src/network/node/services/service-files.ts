/** The files of a service: its secrets and scripts, there as long as it is known. */
import { rmSync } from 'node:fs'

import { NodeNetworkError } from '../../../errors/node-network.js'
import type { ServiceSpec } from './port.js'
import { writePrivateFile } from './private-file.js'

/** @throws {NodeNetworkError} NODE_NET_SERVICE with the path, without the content */
export function writeServiceFiles({ name, files = [] }: ServiceSpec): void {
  for (const { path, content, executable } of files) {
    try {
      writePrivateFile(path, content.reveal(), executable ? 0o700 : 0o600)
    } catch (cause) {
      throw new NodeNetworkError('NODE_NET_SERVICE', `a file of service ${name} cannot be written`, {
        where: path,
        cause,
      })
    }
  }
}

export function removeServiceFiles(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true })
}
