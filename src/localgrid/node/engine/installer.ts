/**
 * The doing: one workload after the other is put in place, changed, paused or taken away, and every outcome becomes a
 * transaction. One failing workload does not stop the others.
 *
 * Source: threefoldtech/zosbase pkg/provision/engine.go, pkg/provision/provisiner.go.
 */
import { CancelledError } from '../../../errors/wait.js'
import type { Workload } from '../../../zos/deployment.js'
import type { ResultState, WorkloadResult } from '../../../zos/results.js'
import { planUpgrade } from '../../../zos/upgrade.js'
import type { WorkloadType } from '../../../zos/workloads/data.js'
import type { DriverAction, ProvisionDriver } from '../provision/driver.js'
import { messageOf, type NodeFacts, type ProvisionContext } from '../provision/manager.js'
import { managerOf } from '../provision/managers.js'
import { checkMemory } from './capacity.js'
import type { ContractFacts } from './contract.js'
import type { Journal } from './journal.js'
import { installOrder, removalOrder, updateOrder } from './order.js'
import type { DeploymentKey, Held, Job } from './records.js'
import { idOf, isActive, isNetwork, type LiveWorkload, type StoredDeployment, view } from './state.js'

export interface InstallerOptions {
  readonly node: NodeFacts
  readonly journal: Journal
  readonly order: readonly WorkloadType[]
  readonly driver: ProvisionDriver
  /** Awaited before a workload is worked on; throws to make it fail. Where the faults come in. */
  readonly before: (workload: Workload) => Promise<void>
  /** Unix seconds. */
  readonly now: () => number
}

const NEVER_AGAIN: readonly (ResultState | '')[] = ['deleted', 'error']

export class Installer {
  readonly #options: InstallerOptions

  constructor(options: InstallerOptions) {
    this.#options = options
  }

  async installAll(
    key: DeploymentKey,
    workloads: readonly Workload[],
    facts: ContractFacts,
    anew: boolean,
  ): Promise<void> {
    for (const workload of installOrder(workloads, this.#options.order)) await this.#install(key, workload, facts, anew)
  }

  /** @param job an update, with what ran when it was accepted */
  async update({ key, target, source }: Job, facts: ContractFacts): Promise<void> {
    if (!target || !source) return
    for (const step of updateOrder(planUpgrade(source, target), this.#options.order)) {
      if (step.kind === 'remove') await this.#uninstall(key, step.workload.name, 'deleted by an update')
      else if (step.kind === 'add') await this.#install(key, step.workload, facts, false)
      else if (step.kind === 'update') await this.#change(key, step.workload, facts)
    }
  }

  async uninstallAll(stored: StoredDeployment, key: DeploymentKey, reason: string): Promise<void> {
    for (const { name } of removalOrder(view(stored).workloads, this.#options.order)) {
      await this.#uninstall(key, name, reason)
    }
  }

  /** Takes one workload away that is not the user's to keep: a lost name, a machine that keeps crashing. */
  async decommission(key: DeploymentKey, name: string, reason: string): Promise<void> {
    const live = this.#live(key, name)
    if (!live || NEVER_AGAIN.includes(live.current.result.state)) return
    await this.#uninstall(key, name, `workload decommissioned by system, reason: ${reason}`)
  }

  async lockAll(stored: StoredDeployment, key: DeploymentKey, lock: boolean): Promise<void> {
    const { order } = this.#options
    const workloads = view(stored).workloads
    const sorted = lock
      ? removalOrder(workloads, order)
      : order.flatMap(type => workloads.filter(workload => workload.type === type))
    for (const { name } of sorted) await this.#lock(key, name, lock)
  }

  async #install(key: DeploymentKey, asked: Workload, facts: ContractFacts, anew: boolean): Promise<void> {
    const live = this.#live(key, asked.name)
    if (!live && !this.#join(key, asked)) return
    const state = live?.current.result.state
    if (state !== undefined && NEVER_AGAIN.includes(state)) return
    // The job was interrupted and is repeated: what it had done already stays as it is.
    if (state !== undefined && isActive(state) && !anew) return

    // After a reboot the old result is what tells a public IP workload which address it had.
    const workload = live && anew ? live.current : asked
    const context = this.#context(key, workload, facts)
    await this.#transact(key, workload, async () => {
      const { node } = this.#options
      checkMemory(node.state, node.spec.resources, key, workload)
      const outcome = await managerOf(workload, node.light).provision(context, workload as never)
      return this.#carryOut('provision', context, workload, outcome)
    })
  }

  /** False when the twin has a network of that name already: the node then drops the workload without a trace. */
  #join(key: DeploymentKey, asked: Workload): boolean {
    const { node, journal } = this.#options
    if (isNetwork(asked) && node.state.ownerOfNetwork(key.twinId, asked.name)) return false
    const workload = withResult(asked, { created: this.#options.now(), state: 'init', message: '', data: null })
    journal.write({ kind: 'transaction', key, workload, membership: 'joins' })
    return true
  }

  async #change(key: DeploymentKey, asked: Workload, facts: ContractFacts): Promise<void> {
    const live = this.#live(key, asked.name)
    if (!live) return
    const context = this.#context(key, asked, facts)
    const { node } = this.#options
    await this.#transact(key, asked, async () => {
      const outcome = await managerOf(asked, node.light).update?.(context, asked as never, live)
      if (outcome === undefined || outcome === 'no action needed') return { result: live.current.result }
      if ('unchanged' in outcome) return { result: this.#result('unchanged', outcome.unchanged) }
      return this.#carryOut('update', context, asked, outcome)
    })
  }

  async #uninstall(key: DeploymentKey, name: string, reason: string): Promise<void> {
    const live = this.#live(key, name)
    if (!live) return
    const workload = live.current
    try {
      await this.#run('deprovision', this.#context(key, workload), workload, workload.result.data)
      const gone = withResult(workload, this.#result('deleted', reason))
      this.#options.journal.write({ kind: 'transaction', key, workload: gone, membership: 'leaves' })
    } catch (error) {
      const failed = withResult(workload, this.#result('error', messageOf(error)))
      this.#options.journal.write({ kind: 'transaction', key, workload: failed })
    }
  }

  async #lock(key: DeploymentKey, name: string, lock: boolean): Promise<void> {
    const live = this.#live(key, name)
    if (!live || live.current.result.state !== (lock ? 'ok' : 'paused')) return
    const workload = live.current
    let result: WorkloadResult
    try {
      await this.#run(lock ? 'pause' : 'resume', this.#context(key, workload), workload, workload.result.data)
      // The data of the result survives: addresses do not change by a pause.
      result = { ...this.#result(lock ? 'paused' : 'ok', lock ? 'paused' : ''), data: workload.result.data }
    } catch (error) {
      result = { ...this.#result('unchanged', messageOf(error)), data: workload.result.data }
    }
    this.#options.journal.write({ kind: 'transaction', key, workload: withResult(workload, result) })
  }

  /** Runs `work` and writes down how it ended. */
  async #transact(
    key: DeploymentKey,
    workload: Workload,
    work: () => Promise<{ result: WorkloadResult; held?: readonly Held[] }>,
  ): Promise<void> {
    let outcome: { result: WorkloadResult; held?: readonly Held[] }
    try {
      await this.#options.before(workload)
      outcome = await work()
    } catch (error) {
      // The node is shutting down: the job stays queued and is repeated at the next start.
      if (error instanceof CancelledError) throw error
      outcome = { result: this.#result('error', messageOf(error)) }
    }
    const { result, held } = outcome
    this.#options.journal.write({
      kind: 'transaction',
      key,
      workload: withResult(workload, result),
      ...(held === undefined ? {} : { held }),
    })
  }

  async #carryOut(
    action: DriverAction,
    context: ProvisionContext,
    workload: Workload,
    { data, held }: { data: unknown; held?: readonly Held[] },
  ): Promise<{ result: WorkloadResult; held?: readonly Held[] }> {
    const replaced = await this.#run(action, context, workload, data)
    const result = { ...this.#result('ok', ''), data: replaced === undefined ? data : replaced }
    return held === undefined ? { result } : { result, held }
  }

  #run(
    action: DriverAction,
    { key, id, node }: ProvisionContext,
    workload: Workload,
    result: unknown,
  ): Promise<unknown> {
    const { twinId, contractId } = key
    const { nodeId } = node.spec
    return this.#options.driver.run(action, { nodeId, twinId, contractId, workloadId: id, workload, result })
  }

  #context(key: DeploymentKey, workload: Workload, facts?: ContractFacts): ProvisionContext {
    const { node } = this.#options
    const stored = node.state.get(key) as StoredDeployment
    const deployment = view(stored)
    const id = idOf(key, workload.name)
    const rented = facts?.rented ?? false
    return { node, key, deployment, id, rented, ...(facts ? { contract: facts.contract } : {}) }
  }

  #live(key: DeploymentKey, name: string): LiveWorkload | undefined {
    return this.#options.node.state.get(key)?.live.get(name)
  }

  #result(state: ResultState, message: string): WorkloadResult {
    return { created: this.#options.now(), state, message, data: null }
  }
}

function withResult(workload: Workload, result: WorkloadResult): Workload {
  return { ...workload, result } as Workload
}
