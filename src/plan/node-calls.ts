/**
 * What is asked of one node, and what its answers mean. Source of commands and texts: threefoldtech/zosbase pkg/zos_api.
 */
import { parseJson } from '../core/json.js'
import { isHyphaeError } from '../errors/base.js'
import { GridError } from '../errors/grid.js'
import { CancelledError } from '../errors/wait.js'
import type { ResendPolicy, RmbPort } from '../rmb/port.js'
import type { Deployment, Workload } from '../zos/deployment.js'
import { encodeDeployment } from '../zos/encode.js'
import { readDeployment, readWorkloads } from '../zos/read.js'

export interface NodeCalls {
  readonly nodeId: number
  deploy(deployment: Deployment): Promise<void>
  update(deployment: Deployment): Promise<void>
  /** undefined: the node knows no deployment of this contract. */
  get(contractId: bigint): Promise<Deployment | undefined>
  /** The log of every workload's transactions, oldest first. */
  changes(contractId: bigint): Promise<readonly Workload[]>
  takenWireguardPorts(): Promise<readonly number[]>
  privateIps(network: string): Promise<readonly string[]>
  /** Addresses on the node's own interface, without masks. */
  ownAddresses(): Promise<readonly string[]>
}

/** @param timeoutMs of every single answer */
export function nodeCalls(rmb: RmbPort, node: { nodeId: number; twinId: number }, timeoutMs: number): NodeCalls {
  const { nodeId, twinId } = node

  const ask = async (command: string, payload?: string, resend: ResendPolicy = 'overdue'): Promise<string> => {
    try {
      return await rmb.request({ twinId, command, timeoutMs, resend, ...(payload === undefined ? {} : { payload }) })
    } catch (error) {
      throw nodeError(error, nodeId, command, timeoutMs)
    }
  }
  const contractPayload = (contractId: bigint) => `{"contract_id":${contractId}}`

  return {
    nodeId,
    // A node that gets one of these twice answers the second with a refusal that says so: see hasArrived in apply.
    deploy: async deployment => void (await ask('zos.deployment.deploy', encodeDeployment(deployment))),
    update: async deployment => void (await ask('zos.deployment.update', encodeDeployment(deployment))),

    get: async contractId => {
      try {
        return readDeployment(await ask('zos.deployment.get', contractPayload(contractId)))
      } catch (error) {
        if (isRefusal(error, /deployment not found|deployment does not exist/)) return undefined
        throw error
      }
    },
    changes: async contractId => readWorkloads(await ask('zos.deployment.changes', contractPayload(contractId))),

    takenWireguardPorts: async () =>
      list(await ask('zos.network.list_wg_ports'), nodeId, 'list_wg_ports').filter(port => typeof port === 'number'),
    privateIps: async network =>
      list(
        await ask('zos.network.list_private_ips', JSON.stringify({ network_name: network })),
        nodeId,
        'list_private_ips',
      ).filter(ip => typeof ip === 'string'),
    ownAddresses: async () => {
      const reply = parseJson(await ask('zos.network.interfaces'))
      const zos = typeof reply === 'object' && reply !== null ? (reply as Record<string, unknown>).zos : undefined
      return Array.isArray(zos) ? zos.filter(ip => typeof ip === 'string') : []
    },
  }
}

/** The node answered, and its answer was this refusal. */
export function isRefusal(error: unknown, text: RegExp): boolean {
  return (
    isHyphaeError(error) && error.code === 'GRID_NODE_REFUSED' && text.test(String(error.details?.nodeMessage ?? ''))
  )
}

/** Nothing came from the node in time: it may be down, or the relay may have lost it. */
export function isUnreachable(error: unknown): boolean {
  return isHyphaeError(error) && error.code === 'GRID_NODE_UNREACHABLE'
}

function list(reply: string, nodeId: number, command: string): readonly unknown[] {
  const value = parseJson(reply)
  if (value === null) return []
  if (!Array.isArray(value)) {
    throw new GridError('GRID_NODE_REFUSED', `node ${nodeId} answered ${command} with something that is not a list`, {
      where: `node ${nodeId}`,
      details: { nodeId, nodeMessage: 'unexpected reply' },
    })
  }
  return value
}

function nodeError(error: unknown, nodeId: number, command: string, timeoutMs: number): unknown {
  if (!isHyphaeError(error) || error instanceof CancelledError) return error
  const where = `node ${nodeId}`

  if (error.code === 'RMB_REMOTE') {
    const nodeMessage = String(error.details?.remoteMessage ?? error.message)
    return new GridError('GRID_NODE_REFUSED', `node ${nodeId} refused ${command}: ${nodeMessage}`, {
      where,
      details: { nodeId, command, nodeMessage },
      cause: error,
    })
  }
  if (error.code === 'DEADLINE' || error.code === 'RMB_TWIN') {
    return new GridError(
      'GRID_NODE_UNREACHABLE',
      `node ${nodeId} did not answer ${command} within ${timeoutMs / 1000} s`,
      {
        where,
        hint: 'the others went on; run the program again when the node is back, or delete the deployment: that needs no node',
        details: { nodeId, command, timeoutMs },
        cause: error,
      },
    )
  }
  return error
}
