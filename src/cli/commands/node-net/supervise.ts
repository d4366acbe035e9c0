/** `hyphae node net supervise`: keeps the services of a node's network; `apply` starts it in the background. */
import { resolve } from 'node:path'

import type { CliContext } from '../../context.js'

export interface SuperviseFlags {
  readonly json: boolean
  readonly state: string
  readonly rootNamespace?: string
}

export async function supervise(this: CliContext, { state, rootNamespace }: SuperviseFlags): Promise<void> {
  const { interrupted } = this
  const { linuxRunner, serveSupervisor, servicesFolder } = await import('../../../network/node/index.js')
  const folder = servicesFolder(resolve(this.cwd, state))
  const runner = linuxRunner(rootNamespace === undefined ? {} : { rootNamespace })
  const daemon = await serveSupervisor({ folder, runner })
  await Promise.race([interrupted, daemon.closed])
  // Services outlive it: the next one takes them over.
  await daemon.close({ keep: true })
}
