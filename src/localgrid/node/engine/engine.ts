/**
 * The provisioning engine of one node: takes deployments at once or not at all, works on them one job after the other,
 * and remembers everything it did.
 *
 * Source: threefoldtech/zosbase pkg/provision/engine.go, pkg/provision/storage.
 */
import { CancelledError } from '../../../errors/wait.js'
import { ZosError } from '../../../errors/zos.js'
import type { Deployment, Workload } from '../../../zos/deployment.js'
import type { ChainControl } from '../../ports.js'
import type { ProvisionDriver } from '../provision/driver.js'
import { checkNameContract } from '../provision/gateways.js'
import { messageOf, type NodeFacts } from '../provision/manager.js'
import { type AdmissionPorts, checkCreation, checkRequest, checkUpgrade } from './admission.js'
import { contractResources } from './capacity.js'
import { type ContractFacts, checkContract } from './contract.js'
import { Installer } from './installer.js'
import type { Journal } from './journal.js'
import { provisionOrder } from './order.js'
import type { DeploymentKey, Job } from './records.js'
import { isActive, keyOf, type StoredDeployment, view } from './state.js'

export interface EngineOptions {
  readonly node: NodeFacts
  readonly journal: Journal
  readonly chain: ChainControl
  readonly driver: ProvisionDriver
  readonly admission: AdmissionPorts
  readonly before: (workload: Workload) => Promise<void>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Requests that wait for the one worker which takes them; a node with more to do refuses. */
const MAX_WAITING = 4_096

/** Deployments whose jobs are waiting; the real queue is on disk and has no bound, this one is in memory too. */
const MAX_JOBS = 65_536

export class Engine {
  readonly #options: EngineOptions
  readonly #installer: Installer
  #admissions: Promise<void> = Promise.resolve()
  #waiting = 0
  #running: Promise<void> | undefined
  #closed = false
  /** Why nothing more can be written down, once that has happened. */
  #broken: unknown

  constructor(options: EngineOptions) {
    this.#options = options
    const { node, journal, driver, before } = options
    const order = provisionOrder(node.light, node.spec.nodeId)
    this.#installer = new Installer({ node, journal, order, driver, before, now: () => this.#seconds() })
  }

  /** Takes a deployment, or says why not. What became of it is in its results later.
   *
   * @param text the deployment in wire form
   * @throws {ZosError} with the node's text
   */
  createOrUpdate(sender: number, text: string, update: boolean): Promise<void> {
    if (this.#waiting >= MAX_WAITING || this.#options.journal.state.queued().length >= MAX_JOBS) {
      throw refuse('the node has too many requests under way')
    }
    this.#waiting++
    // One worker: a slow KYC service holds up everybody behind it.
    const admitted = this.#admissions.then(() => this.#admit(sender, text, update))
    this.#admissions = admitted.catch(() => {}).finally(() => this.#waiting--)
    return admitted
  }

  /** @throws {ZosError} `deployment not found` */
  get(key: DeploymentKey): Deployment {
    return view(this.#stored(key))
  }

  /** The twin's deployments that have something which is neither deleted nor in error. */
  list(twinId: number): Deployment[] {
    return [...this.#options.journal.state.deployments()]
      .filter(stored => stored.envelope.twin_id === twinId)
      .map(view)
      .filter(({ workloads }) => workloads.some(isListed))
  }

  /** The transaction log, oldest first. @throws {ZosError} `deployment not found` */
  changes(key: DeploymentKey): readonly Workload[] {
    return this.#stored(key).log
  }

  /** Queues the end of a deployment; nothing happens when the node does not have it. */
  deprovision(key: DeploymentKey, reason: string): void {
    this.#enqueue({ operation: 'deprovision', key, reason })
  }

  pause(key: DeploymentKey): void {
    this.#enqueue({ operation: 'pause', key })
  }

  resume(key: DeploymentKey): void {
    this.#enqueue({ operation: 'resume', key })
  }

  /** Empties the queue and provisions what is still alive anew. */
  reboot(): void {
    const { journal } = this.#options
    journal.write({ kind: 'rebooted' })
    for (const stored of [...journal.state.deployments()]) {
      if (view(stored).workloads.some(isListed)) this.#enqueue({ operation: 'reprovision', key: keyOf(stored) })
    }
  }

  /** Forgets deployments that nothing runs of and nothing is queued for, as a node does when its engine starts. */
  purge(): void {
    const { journal } = this.#options
    const queued = new Set(journal.state.queued().map(job => JSON.stringify([job.key.twinId, `${job.key.contractId}`])))
    for (const stored of [...journal.state.deployments()]) {
      const key = keyOf(stored)
      const alive = [...stored.live.values()].some(live => isActive(live.current.result.state))
      if (alive || queued.has(JSON.stringify([key.twinId, `${key.contractId}`]))) continue
      journal.write({ kind: 'forget', key })
    }
  }

  /** Compares with the chain: ends what has no contract, follows grace periods, gives back names that were lost. */
  async sync(): Promise<void> {
    const { journal, chain, node } = this.#options
    for (const stored of [...journal.state.deployments()]) {
      const running = [...stored.live.values()].filter(live => isActive(live.current.result.state))
      if (running.length === 0) continue
      const key = keyOf(stored)
      const contract = chain.contract(key.contractId)
      if (!contract || contract.state.kind === 'deleted') {
        this.deprovision(key, 'contract not active on chain')
        continue
      }
      const paused = running.some(live => live.current.result.state === 'paused')
      if (contract.state.kind === 'grace' && !paused) this.pause(key)
      if (contract.state.kind === 'created' && paused) this.resume(key)
      for (const { current } of running) {
        if (current.type !== 'gateway-name-proxy') continue
        try {
          checkNameContract(node, current.data.name, key.twinId)
        } catch (error) {
          await this.#installer.decommission(key, current.name, messageOf(error))
        }
      }
    }
  }

  /** What a node does first: forget, compare with the chain, finish what was queued, compare again.
   *
   * @param anew everything that ran is gone with the last process
   */
  async begin(anew: boolean): Promise<void> {
    this.purge()
    if (anew) this.reboot()
    await this.sync()
    this.start()
    if (!this.#running) return
    await this.idle()
    await this.sync()
  }

  /** Works on what is queued; called at start, and by everything that queues. */
  start(): void {
    if (this.#running || this.#closed || this.#broken !== undefined || !this.#options.journal.state.nextJob()) return
    this.#running = this.#work().finally(() => {
      this.#running = undefined
      this.start()
    })
  }

  async idle(): Promise<void> {
    do {
      await this.#admissions
      await this.#running
    } while (!this.#closed && (this.#running || this.#waiting > 0))
  }

  /** The job under way ends, or is left for the next start. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#admissions
    await this.#running
  }

  async #admit(sender: number, text: string, update: boolean): Promise<void> {
    if (this.#closed) throw refuse('the node is shutting down')
    if (this.#broken !== undefined) throw refuse(`the node cannot keep its state: ${messageOf(this.#broken)}`)
    const { journal, admission } = this.#options
    const deployment = await checkRequest(text, sender, admission)
    if (update) {
      checkUpgrade(deployment, journal.state)
      journal.write({ kind: 'update', deployment })
    } else {
      checkCreation(deployment, journal.state)
      journal.write({ kind: 'create', at: this.#seconds(), deployment })
    }
    this.start()
  }

  #enqueue(job: Job): void {
    if (this.#closed || !this.#options.journal.state.get(job.key)) return
    try {
      this.#options.journal.write({ kind: 'job', job })
    } catch (error) {
      // Nobody waits for this; the chain that told us must not fail for it.
      this.#broken = error
    }
    this.start()
  }

  async #work(): Promise<void> {
    const { journal } = this.#options
    while (!this.#closed) {
      // The answer to the request that queued the job leaves before its results exist, as on a real node.
      await new Promise<void>(resolve => setImmediate(resolve))
      const job = journal.state.nextJob()
      if (!job) return
      try {
        await this.#execute(job)
      } catch (error) {
        // What cannot be written down is not done: the job stays where it is, and callers are told.
        if (!(error instanceof CancelledError)) this.#broken = error
        return
      }
    }
  }

  async #execute(job: Job): Promise<void> {
    const { journal } = this.#options
    const stored = journal.state.get(job.key)
    if (stored && job.operation === 'deprovision') {
      await this.#installer.uninstallAll(stored, job.key, job.reason ?? '')
      // Forgotten whatever became of its workloads; nothing is reported of a contract that is gone.
      journal.write({ kind: 'done', erase: true })
      return
    }
    const done = stored !== undefined && (await this.#perform(job, stored))
    journal.write({ kind: 'done' })
    if (done) this.#report(stored)
  }

  /** False when the chain does not stand behind the deployment: then everything in it is in error. */
  async #perform(job: Job, stored: StoredDeployment): Promise<boolean> {
    const { journal, chain, node } = this.#options
    if (job.operation === 'pause' || job.operation === 'resume') {
      await this.#installer.lockAll(stored, job.key, job.operation === 'pause')
      return true
    }
    let facts: ContractFacts
    try {
      facts = checkContract(chain, node.spec.nodeId, job.key.contractId, job.target)
    } catch (error) {
      journal.write({ kind: 'failed', at: this.#seconds(), key: job.key, message: messageOf(error) })
      return false
    }
    if (job.operation === 'update') await this.#installer.update(job, facts)
    else {
      const workloads = job.target?.workloads ?? view(stored).workloads
      await this.#installer.installAll(job.key, workloads, facts, job.operation === 'reprovision')
    }
    return true
  }

  #report(stored: StoredDeployment): void {
    const { chain, node } = this.#options
    const contractId = stored.envelope.contract_id
    if (!chain.contract(contractId)) return
    chain.reportResources(node.spec.nodeId, { contractId, resources: contractResources(stored) })
  }

  #stored(key: DeploymentKey): StoredDeployment {
    const stored = this.#options.journal.state.get(key)
    if (!stored) throw refuse('deployment not found')
    return stored
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000)
  }
}

function isListed(workload: Workload): boolean {
  return workload.result.state !== 'deleted' && workload.result.state !== 'error'
}

function refuse(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}
