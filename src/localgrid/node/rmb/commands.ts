/**
 * Every command of a node over RMB: one table for full nodes, one for light ones.
 * Source: threefoldtech/zosbase pkg/zos_api/routes.go and pkg/zos_api_light/routes.go.
 */
import { printJson } from '../../../core/json.js'
import { ZosError } from '../../../errors/zos.js'
import { fullAdminCommands, lightAdminCommands } from './admin-commands.js'
import type { Authority, Call, CommandTable } from './command.js'
import { debugCommands } from './debug-commands.js'
import { deploymentCommands } from './deployment-commands.js'
import { fullNetworkCommands, lightNetworkCommands } from './network-commands.js'
import { perfCommands } from './perf-commands.js'
import { systemCommands } from './system-commands.js'

const shared: CommandTable = { ...deploymentCommands, ...systemCommands, ...perfCommands }

export const fullCommands: CommandTable = {
  ...shared,
  ...fullNetworkCommands,
  ...fullAdminCommands,
  ...debugCommands,
}

/** No list of public addresses, no debugging. */
export const lightCommands: CommandTable = { ...shared, ...lightNetworkCommands, ...lightAdminCommands }

/** The JSON text of the answer to one command.
 *
 * @throws {ZosError} with the text that goes back as the RMB error
 */
export async function answer(command: string, call: Call): Promise<string> {
  const table = call.node.facts.light ? lightCommands : fullCommands
  const found = Object.hasOwn(table, command) ? table[command] : undefined
  if (!found) throw new ZosError('ZOS_INVALID', 'function is not found')
  if (!isAuthorized(found.authority, call)) throw new ZosError('ZOS_INVALID', 'unauthorized')
  const result = await found.run(call)
  return result === undefined ? 'null' : printJson(result)
}

function isAuthorized(authority: Authority, { node, caller }: Call): boolean {
  switch (authority) {
    case 'any':
      return true
    case 'farmer':
      return node.farm()?.twinId === caller
    case 'admin':
      return node.adminTwins.has(caller)
  }
}
