/** `zos.debug.deployment.*`, for the grid's administrators. Source: threefoldtech/zosbase pkg/debugcmd. */
import { ZosError } from '../../../errors/zos.js'
import type { Deployment, Workload } from '../../../zos/deployment.js'
import { networkId } from '../../../zos/names.js'
import type { DeploymentKey } from '../engine/records.js'
import { idOf, isActive, isNetwork, keyOf } from '../engine/state.js'
import { objectArgument, textArgument, u32Argument } from './arguments.js'
import type { Call, Command, CommandTable } from './command.js'

export const debugCommands: CommandTable = {
  'zos.debug.deployment.list': admin(list),
  'zos.debug.deployment.get': admin(call => ({ deployment: call.node.printed(asked(call)) })),
  'zos.debug.deployment.history': admin(call => ({
    deployment: textArgument(objectArgument(call.payload), 'deployment'),
    history: call.node.engine.changes(keyArgument(call.payload)).map(({ type, name, result }, index) => ({
      seq: index + 1,
      type,
      name,
      created: result.created,
      state: result.state,
      message: result.message,
    })),
  })),
  'zos.debug.deployment.info': admin(info),
  'zos.debug.deployment.health': admin(health),
}

function list({ node, payload }: Call) {
  const twin = payload === '' ? 0 : u32Argument(objectArgument(payload), 'twin_id')
  const twins = new Set([...node.facts.state.deployments()].map(stored => keyOf(stored).twinId))
  const deployments = [...twins].filter(id => twin === 0 || id === twin).flatMap(id => node.engine.list(id))
  return {
    deployments: deployments.map(({ twin_id, contract_id, workloads }) => ({
      twin_id,
      contract_id,
      workloads: workloads.map(({ type, name, result }) => ({ type, name, state: result.state })),
    })),
  }
}

function info(call: Call) {
  const name = textArgument(objectArgument(call.payload), 'workload')
  if (name === '') throw refuse('workload name is required')
  const key = keyArgument(call.payload)
  const workload = wrapped('failed to get deployment', () => asked(call)).workloads.find(found => found.name === name)
  if (!workload) throw refuse(`workload '${name}' not found in deployment`)
  const about = { workload_id: idOf(key, name), type: workload.type, name }

  if (workload.type === 'zmachine' || workload.type === 'zmachine-light') {
    const { cpu, memory } = workload.data.compute_capacity
    return { ...about, info: { cpu, memory, state: workload.result.state }, logs: '' }
  }
  if (!isNetwork(workload)) throw refuse(`workload type '${workload.type}' not supported for info command`)
  const id = networkId(key.twinId, name)
  return {
    ...about,
    info: { net_id: id, namespace: `n${call.node.facts.light ? '' : '-'}${id}`, state: workload.result.state },
    logs: "Network workloads don't support logs",
  }
}

/** Machines and networks have something to check; the rest is not mentioned. */
function health(call: Call) {
  const key = keyArgument(call.payload)
  const { workloads } = wrapped('failed to get deployment', () => asked(call))
  const checked = workloads.filter(workload => isNetwork(workload) || isMachine(workload))
  return {
    twin_id: key.twinId,
    contract_id: key.contractId,
    workloads: checked.map(({ type, name, result }) => {
      const ok = isActive(result.state)
      const checks = [{ name: 'state', ok, message: result.message, evidence: { state: result.state } }]
      return { workload_id: idOf(key, name), type, name, status: ok ? 'healthy' : 'unhealthy', checks }
    }),
  }
}

function isMachine({ type }: Workload): boolean {
  return type === 'zmachine' || type === 'zmachine-light'
}

function asked({ node, payload }: Call): Deployment {
  return node.engine.get(keyArgument(payload))
}

/** `twin:contract`. @throws {ZosError} */
function keyArgument(payload: string): DeploymentKey {
  const text = textArgument(objectArgument(payload), 'deployment')
  if (text === '') throw refuse('deployment identifier is required')
  const parts = text.split(':')
  if (parts.length !== 2) {
    throw refuse(`invalid deployment format: expected 'twin-id:contract-id', got '${text}'`)
  }
  const [twin, contract] = parts as [string, string]
  if (!/^\d{1,10}$/.test(twin) || Number(twin) > 0xffff_ffff) throw refuse(`invalid twin ID: ${twin}`)
  if (!/^\d{1,20}$/.test(contract) || BigInt(contract) >= 1n << 64n) throw refuse(`invalid contract ID: ${contract}`)
  return { twinId: Number(twin), contractId: BigInt(contract) }
}

function wrapped<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new ZosError('ZOS_INVALID', `${what}: ${(cause as Error).message}`, { cause })
  }
}

function admin(run: Command['run']): Command {
  return { authority: 'admin', run }
}

function refuse(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}
