/** `zos.deployment.*`. Source: threefoldtech/zosbase pkg/zos_api/deployment.go. */
import { ZosError } from '../../../errors/zos.js'
import { objectArgument, u64Argument } from './arguments.js'
import { type Call, type CommandTable, open } from './command.js'

export const deploymentCommands: CommandTable = {
  'zos.deployment.deploy': open(call => submit(call, false)),
  'zos.deployment.update': open(call => submit(call, true)),
  'zos.deployment.delete': open(() => {
    throw new ZosError('ZOS_INVALID', 'deletion over the api is disabled, please cancel your contract instead')
  }),
  'zos.deployment.get': open(call => call.node.printed(call.node.engine.get(keyOf(call)))),
  'zos.deployment.list': open(({ node, caller }) => node.engine.list(caller).map(found => node.printed(found))),
  'zos.deployment.changes': open(call => call.node.engine.changes(keyOf(call))),
}

async function submit({ node, caller, payload }: Call, update: boolean): Promise<void> {
  if (payload === '') throw new ZosError('ZOS_DECODE', 'unexpected end of JSON input')
  await node.engine.createOrUpdate(caller, payload, update)
}

/** Only ever the caller's own deployment. */
function keyOf({ caller, payload }: Call) {
  return { twinId: caller, contractId: u64Argument(objectArgument(payload), 'contract_id') }
}
