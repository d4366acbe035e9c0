/** Ports of a grid that is a few maps: what the engine does to it is written down, and it can be told what to answer. */
import type { ChainCall, ChainPort, Contract, SubmissionIntent, Submitted } from '../../../src/chain/port.js'
import { GridError } from '../../../src/errors/grid.js'
import type { Message } from '../../../src/events/host.js'
import { type Journal, memoryJournal } from '../../../src/plan/journal.js'
import type { NodeCalls } from '../../../src/plan/node-calls.js'
import type { GridPorts } from '../../../src/plan/ports.js'
import type { Deployment, Workload } from '../../../src/zos/deployment.js'
import type { WorkloadResult } from '../../../src/zos/results.js'

/** A port that has only what a test gives it; the rest is an error that says what was asked. */
export function only<T extends object>(name: string, given: Partial<T>): T {
  return new Proxy(given, {
    get: (target, key) => {
      if (key in target) return target[key as keyof T]
      if (key === 'then') return undefined
      throw new Error(`${name}.${String(key)} was not expected`)
    },
  }) as T
}

export interface FakeGrid {
  readonly ports: GridPorts
  /** What happened, oldest first: `batch create,update`, `deploy 5@11`, `changes 5@11` … */
  readonly log: string[]
  readonly messages: Message[]
  readonly journal: Journal
  node(nodeId: number, behaviour?: NodeBehaviour): NodeCalls
}

export interface NodeBehaviour {
  /** What becomes of a workload that was sent. */
  readonly result?: (workload: Workload, deployment: Deployment) => Partial<WorkloadResult>
  /** Thrown by deploy and update. */
  readonly refuse?: (deployment: Deployment) => Error | undefined
}

export interface FakeChain {
  /** The submission fails; the calls are not written. */
  readonly fail?: (calls: readonly ChainCall[]) => Error | undefined
}

export function fakeGrid(chainBehaviour: FakeChain = {}): FakeGrid {
  const log: string[] = []
  const messages: Message[] = []
  const journal = memoryJournal()
  let nextId = 100n
  let nonce = 0

  const chain = only<ChainPort>('chain', {
    submit: async (calls, options): Promise<Submitted> => {
      const intent: SubmissionIntent = { extrinsicHash: `0x${nonce}`, nonce: nonce++, validUntilBlock: 64 }
      await options.onIntent?.(intent)
      const failure = chainBehaviour.fail?.(calls)
      if (failure) throw failure
      log.push(`batch ${calls.map(call => call.kind.replace(/(Node)?Contract$/, '')).join(',')}`)
      options.onIncluded?.({ number: 1, hash: '0xb1' })
      await Promise.resolve()
      log.push('final')
      const created = calls.flatMap((call): Contract[] => {
        if (call.kind !== 'createNodeContract') return []
        const { nodeId, hash, data } = call
        const type = { kind: 'node', nodeId, hash, data, publicIps: [] } as const
        return [{ id: nextId++, twinId: 7, state: { kind: 'created' }, type }]
      })
      return { blockNumber: 1, blockHash: '0xb1', extrinsicHash: intent.extrinsicHash, created, events: [] }
    },
  })

  const node = (nodeId: number, behaviour: NodeBehaviour = {}): NodeCalls => {
    const logs = new Map<bigint, Workload[]>()
    const take = (verb: string) => async (deployment: Deployment) => {
      log.push(`${verb} ${deployment.contract_id}@${nodeId} v${deployment.version}`)
      const refusal = behaviour.refuse?.(deployment)
      if (refusal) throw refusal
      const before = logs.get(deployment.contract_id) ?? []
      const names = new Set(deployment.workloads.map(({ name }) => name))
      const gone = before.filter(({ name }) => !names.has(name))
      const result = (workload: Workload): WorkloadResult => {
        return { created: 1, state: 'ok', message: '', data: null, ...behaviour.result?.(workload, deployment) }
      }
      logs.set(deployment.contract_id, [
        ...before,
        ...gone.map(one => ({ ...one, result: { ...one.result, state: 'deleted' as const } })),
        ...deployment.workloads.map(one => ({ ...one, result: result(one) })),
      ])
    }
    return only<NodeCalls>(`node ${nodeId}`, {
      nodeId,
      deploy: take('deploy'),
      update: take('update'),
      changes: async contractId => logs.get(contractId) ?? [],
      get: async () => undefined,
    })
  }

  const ports: GridPorts = {
    chain,
    rmb: only('rmb', {}),
    explorer: only('explorer', {}),
    identity: {
      keyType: 'sr25519',
      publicKey: new Uint8Array(32),
      address: '5Fake',
      sign: () => new Uint8Array(64).fill(1),
      miniSecret: () => new Uint8Array(32).fill(7),
    },
    twinId: 7,
    host: { notify: message => messages.push(message) },
    journal,
    limits: { nodeReplyMs: 200, chainMs: 200, deploymentMs: 400 },
  }
  return { ports, log, messages, journal, node }
}

export function silence(nodeId: number): GridError {
  return new GridError('GRID_NODE_UNREACHABLE', `node ${nodeId} did not answer`, { where: `node ${nodeId}` })
}

export function refusal(nodeId: number, nodeMessage: string): GridError {
  return new GridError('GRID_NODE_REFUSED', `node ${nodeId} refused: ${nodeMessage}`, { details: { nodeMessage } })
}
