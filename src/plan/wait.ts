/**
 * Waiting until a node is done with a version of a deployment.
 *
 * `changes` is asked, not `get`: only the log shows an update that the node refused as `unchanged`, and workloads that
 * are gone. The node is asked soon and then less and less often, so a quick node costs milliseconds and a slow one little.
 */
import { Deadline } from '../core/deadline.js'
import { delays } from '../core/retry.js'
import { DeadlineError } from '../errors/wait.js'
import type { Message } from '../events/host.js'
import type { Workload } from '../zos/deployment.js'
import { isUnreachable, type NodeCalls } from './node-calls.js'

export interface Awaited {
  readonly contractId: bigint
  readonly version: number
  /** Names that must become ok: everything in the deployment, whatever version brought it. */
  readonly present: readonly { readonly name: string; readonly version: number }[]
  /** Names that must be gone. */
  readonly gone: readonly string[]
}

export interface WorkloadFailure {
  readonly nodeId: number
  readonly contractId: bigint
  readonly name: string
  readonly type: string
  readonly state: string
  /** The node's own text. */
  readonly message: string
}

export interface WaitOutcome {
  readonly workloads: readonly Workload[]
  readonly failures: readonly WorkloadFailure[]
}

const POLL = { firstMs: 4, factor: 1.6, maxMs: 2_000 }

/** @throws {DeadlineError} naming node, contract and what was still open */
export async function waitForDeployment(
  node: NodeCalls,
  want: Awaited,
  options: { timeoutMs: number; signal?: AbortSignal; notify: (message: Message) => void },
): Promise<WaitOutcome> {
  const what = `deployment ${want.contractId} on node ${node.nodeId} to be ready`
  const deadline = new Deadline(what, options.timeoutMs, options.signal)
  const shown = new Map<string, string>()
  let open: readonly string[] = [...want.present.map(({ name }) => name), ...want.gone]

  try {
    for (const delayMs of delays(POLL)) {
      const log = await answerWithin(node, want.contractId, deadline)
      const standing = latest(log, want)
      tell(node.nodeId, want, standing, shown, options.notify)

      const failures = failuresOf(node.nodeId, want, standing)
      open = openNames(want, standing, log)
      if (failures.length > 0 || open.length === 0) return { workloads: [...standing.values()], failures }
      await deadline.sleep(delayMs)
    }
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    throw new DeadlineError(`${what} (still open: ${namesOf(open)})`, options.timeoutMs, {
      where: `node ${node.nodeId}`,
      details: { nodeId: node.nodeId, contractId: String(want.contractId), open: open.slice(0, MOST_NAMES) },
      cause: error,
    })
  }
  throw deadline.error()
}

const MOST_NAMES = 20

function namesOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return names.slice(0, MOST_NAMES).join(', ') + more
}

/** One answer of the node; silence is forgiven until the deadline of the whole wait. */
async function answerWithin(node: NodeCalls, contractId: bigint, deadline: Deadline): Promise<readonly Workload[]> {
  while (true) {
    try {
      return await deadline.race(node.changes(contractId))
    } catch (error) {
      if (!isUnreachable(error)) throw error
      await deadline.sleep(500)
    }
  }
}

/** The newest log entry that speaks of the version each workload was sent with. */
function latest(log: readonly Workload[], want: Awaited): ReadonlyMap<string, Workload> {
  const versions = new Map(want.present.map(({ name, version }) => [name, version]))
  const standing = new Map<string, Workload>()
  for (const entry of log) {
    if (versions.get(entry.name) === entry.version) standing.set(entry.name, entry)
  }
  return standing
}

function failuresOf(
  nodeId: number,
  want: Awaited,
  standing: ReadonlyMap<string, Workload>,
): readonly WorkloadFailure[] {
  return want.present.flatMap(({ name }) => {
    const entry = standing.get(name)
    const state = entry?.result.state
    if (!entry || (state !== 'error' && state !== 'deleted' && state !== 'unchanged')) return []
    const message = entry.result.message
    return [{ nodeId, contractId: want.contractId, name, type: entry.type, state, message }]
  })
}

function openNames(
  want: Awaited,
  standing: ReadonlyMap<string, Workload>,
  log: readonly Workload[],
): readonly string[] {
  const open = want.present.filter(({ name }) => {
    const state = standing.get(name)?.result.state
    return state !== 'ok' && state !== 'paused'
  })
  const last = new Map(log.map(entry => [entry.name, entry.result.state]))
  const lingering = want.gone.filter(
    name => last.has(name) && last.get(name) !== 'deleted' && last.get(name) !== 'error',
  )
  return [...open.map(({ name }) => name), ...lingering]
}

function tell(
  nodeId: number,
  want: Awaited,
  standing: ReadonlyMap<string, Workload>,
  shown: Map<string, string>,
  notify: (message: Message) => void,
): void {
  for (const [name, entry] of standing) {
    const state = entry.result.state || 'init'
    if (shown.get(name) === state) continue
    shown.set(name, state)
    const message = entry.result.message
    notify({
      code: 'WORKLOAD_STATE',
      level: state === 'error' ? 'error' : 'info',
      text: `${name} on node ${nodeId} is ${state}${message === '' ? '' : `: ${message}`}`,
      data: { nodeId, contractId: String(want.contractId), name, type: entry.type, state, message },
    })
  }
}
