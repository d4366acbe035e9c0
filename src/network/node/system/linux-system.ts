/** The real Linux behind the port that decisions use. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { lockFolder } from '../../../core/folder-lock.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import type { ProcessManager } from '../services/port.js'
import { writePrivateFile } from '../services/private-file.js'
import { applyOperations } from './apply-operations.js'
import { observeLinux } from './observe.js'
import { ownFolder } from './own-folder.js'
import { LOOK } from './read-basics.js'
import type { CommandRunner } from './runner.js'
import { removeForgottenKeys } from './set-wireguard.js'
import type { NodeSystem } from './system.js'
import { wireguardDevices } from './wireguard-devices.js'

export interface LinuxSystemOptions {
  readonly runner: CommandRunner
  readonly services: ProcessManager
  /** A folder of this node's own: its lock, and for a moment the configurations of WireGuard devices. */
  readonly stateDir: string
}

/** @example
 * const system = linuxSystem({ runner: linuxRunner(), services, stateDir: '/var/lib/hyphae' })
 * await reconcile({ system, interest: interestOf(desired), desired: () => desired })
 */
export function linuxSystem(options: LinuxSystemOptions): NodeSystem & { lock(): () => void } {
  const { runner, services, stateDir } = options
  const tools = { runner, services, stateDir, wireguard: wireguardDevices(runner, services) }
  // Made when the node is taken to be changed: who only looks writes nothing.
  const lookFile = join(stateDir, 'look.batch')
  let holders = 0
  let release = () => {}
  return {
    observe: interest => observeLinux(runner, services, interest, existsSync(lookFile) ? lookFile : undefined),
    apply: operations => applyOperations(tools, operations),
    lock() {
      if (holders === 0) {
        ownFolder(stateDir)
        release = lockFolder(stateDir, pid => locked(stateDir, pid))
        removeForgottenKeys(stateDir)
        if (!existsSync(lookFile)) writePrivateFile(lookFile, LOOK)
      }
      holders++
      let held = true
      return () => {
        if (held && --holders === 0) release()
        held = false
      }
    },
  }
}

function locked(stateDir: string, pid: number | undefined): NodeNetworkError {
  const who = pid === undefined ? 'another process' : `process ${pid}`
  return new NodeNetworkError('NODE_NET_LOCKED', `${who} works on this node's network`, {
    where: stateDir,
    hint: 'wait for it, or end it',
    ...(pid === undefined ? {} : { details: { pid } }),
  })
}
