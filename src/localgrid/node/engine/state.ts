/**
 * What one node knows: its deployments, each with an append-only transaction log, and its queue of jobs.
 *
 * Changed by records only, so replaying the records gives the same state. Workload objects are never changed in place.
 * Source: threefoldtech/zosbase pkg/provision/storage/storage.go.
 */
import type { Deployment, Workload } from '../../../zos/deployment.js'
import { workloadId } from '../../../zos/names.js'
import type { DeploymentKey, DeploymentSnapshot, Held, Job, NodeRecord } from './records.js'

export interface LiveWorkload {
  /** Its latest transaction that is not `unchanged`: what `get` shows. */
  current: Workload
  held: readonly Held[]
  /** Is it on the machine? An error afterwards (a contract that does not match) takes nothing off it. */
  installed: boolean
}

export interface StoredDeployment {
  /** `workloads` is empty here; they are in `live`. */
  envelope: Deployment
  readonly live: Map<string, LiveWorkload>
  /** Oldest first, `unchanged` included: what `changes` shows. */
  readonly log: Workload[]
}

export function isActive(state: Workload['result']['state']): boolean {
  return state === 'ok' || state === 'paused'
}

export function isNetwork(workload: Workload): boolean {
  return workload.type === 'network' || workload.type === 'network-light'
}

export class NodeState {
  readonly #deployments = new Map<string, StoredDeployment>()
  /** `twin:network name` → the deployment that owns the name; networks are shared by a twin's deployments. */
  readonly #networks = new Map<string, string>()
  readonly #jobs: Job[] = []

  deployments(): IterableIterator<StoredDeployment> {
    return this.#deployments.values()
  }

  get(key: DeploymentKey): StoredDeployment | undefined {
    return this.#deployments.get(textOf(key))
  }

  /** The deployment that has a network of this name for the twin. */
  ownerOfNetwork(twinId: number, name: string): StoredDeployment | undefined {
    const owner = this.#networks.get(`${twinId}:${name}`)
    return owner === undefined ? undefined : this.#deployments.get(owner)
  }

  /** The network of this name that exists on the node, from whichever deployment of the twin. */
  network(twinId: number, name: string): LiveWorkload | undefined {
    return this.ownerOfNetwork(twinId, name)?.live.get(name)
  }

  nextJob(): Job | undefined {
    return this.#jobs[0]
  }

  queued(): readonly Job[] {
    return this.#jobs
  }

  /** Every workload on the node, with its deployment. */
  *workloads(): Generator<{ deployment: StoredDeployment; live: LiveWorkload }> {
    for (const deployment of this.#deployments.values()) {
      for (const live of deployment.live.values()) yield { deployment, live }
    }
  }

  apply(record: NodeRecord): void {
    switch (record.kind) {
      case 'create':
        this.#create(record.deployment, record.at)
        break
      case 'update':
        this.#update(record.deployment)
        break
      case 'job':
        this.#jobs.push(record.job)
        break
      case 'transaction':
        this.#transaction(record)
        break
      case 'failed':
        this.#failed(record.key, record.message, record.at)
        break
      case 'done': {
        const job = this.#jobs.shift()
        if (record.erase && job) this.#forget(job.key)
        break
      }
      case 'forget':
        this.#forget(record.key)
        break
      case 'rebooted':
        this.#jobs.length = 0
        break
      case 'snapshot':
        this.#restore(record.deployment)
        break
    }
  }

  /** The fewest records that give this state. */
  compacted(): NodeRecord[] {
    const records: NodeRecord[] = []
    for (const { envelope, live, log } of this.#deployments.values()) {
      const workloads = [...live.values()].map(({ current, held, installed }) => ({
        workload: current,
        held,
        installed,
      }))
      records.push({ kind: 'snapshot', deployment: { envelope, live: workloads, log } })
    }
    for (const job of this.#jobs) records.push({ kind: 'job', job })
    return records
  }

  #create(deployment: Deployment, at: number): void {
    const { twin_id: twinId, contract_id: contractId } = deployment
    const stored: StoredDeployment = { envelope: withoutWorkloads(deployment), live: new Map(), log: [] }
    this.#deployments.set(textOf({ twinId, contractId }), stored)
    for (const workload of deployment.workloads) {
      this.#join(stored, { ...workload, result: { created: at, state: 'init', message: '', data: null } } as Workload)
    }
    this.#jobs.push({ operation: 'provision', key: { twinId, contractId }, target: deployment })
  }

  #update(target: Deployment): void {
    const key = { twinId: target.twin_id, contractId: target.contract_id }
    const stored = this.get(key)
    if (!stored) return
    const source = view(stored)
    stored.envelope = { ...withoutWorkloads(target), expiration: 0n }
    this.#jobs.push({ operation: 'update', key, target, source })
  }

  #transaction({ key, workload, held, membership }: Extract<NodeRecord, { kind: 'transaction' }>): void {
    const stored = this.get(key)
    if (!stored) return
    if (membership === 'joins') {
      this.#join(stored, workload)
      return
    }
    const live = stored.live.get(workload.name)
    if (!live) return
    stored.log.push(workload)
    if (membership === 'leaves') {
      this.#leave(stored, workload)
      return
    }
    if (workload.result.state !== 'unchanged') live.current = workload
    if (held) live.held = held
    if (isActive(workload.result.state)) live.installed = true
  }

  #failed(key: DeploymentKey, message: string, at: number): void {
    const stored = this.get(key)
    if (!stored) return
    for (const live of stored.live.values()) {
      live.current = { ...live.current, result: { created: at, state: 'error', message, data: null } } as Workload
      stored.log.push(live.current)
    }
  }

  #join(stored: StoredDeployment, workload: Workload): void {
    stored.live.set(workload.name, { current: workload, held: [], installed: false })
    stored.log.push(workload)
    if (!isNetwork(workload)) return
    const { twin_id: twinId, contract_id: contractId } = stored.envelope
    this.#networks.set(`${twinId}:${workload.name}`, textOf({ twinId, contractId }))
  }

  #leave(stored: StoredDeployment, workload: Workload): void {
    stored.live.delete(workload.name)
    if (isNetwork(workload)) this.#networks.delete(`${stored.envelope.twin_id}:${workload.name}`)
  }

  #forget(key: DeploymentKey): void {
    const stored = this.get(key)
    if (!stored) return
    for (const { current } of [...stored.live.values()]) this.#leave(stored, current)
    this.#deployments.delete(textOf(key))
  }

  #restore({ envelope, live, log }: DeploymentSnapshot): void {
    const stored: StoredDeployment = { envelope, live: new Map(), log: [] }
    this.#deployments.set(textOf({ twinId: envelope.twin_id, contractId: envelope.contract_id }), stored)
    for (const { workload, ...placed } of live) {
      this.#join(stored, workload)
      Object.assign(stored.live.get(workload.name) as LiveWorkload, placed)
    }
    stored.log.splice(0, stored.log.length, ...log)
  }
}

/** The deployment with its live workloads: what a client gets. */
export function view(stored: StoredDeployment): Deployment {
  return { ...stored.envelope, workloads: [...stored.live.values()].map(live => live.current) }
}

export function keyOf(stored: StoredDeployment): DeploymentKey {
  return { twinId: stored.envelope.twin_id, contractId: stored.envelope.contract_id }
}

/** `<twin>-<contract>-<name>`. */
export function idOf({ twinId, contractId }: DeploymentKey, name: string): string {
  return workloadId(twinId, contractId, name)
}

/** The node does not keep `expiration`: it reads 0 whatever was sent. */
function withoutWorkloads(deployment: Deployment): Deployment {
  return { ...deployment, expiration: 0n, workloads: [] }
}

function textOf({ twinId, contractId }: DeploymentKey): string {
  return `${twinId}:${contractId}`
}
