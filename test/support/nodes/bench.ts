/** One node on a bench: a fake chain, a recording store, and the node's commands called directly. */

import type { Identity } from '../../../src/chain/identity.js'
import { createIdentity, loadVerifier, type Verify } from '../../../src/chain/keys.js'
import { parseJson, printJson } from '../../../src/core/json.js'
import { FaultBoard } from '../../../src/localgrid/faults.js'
import { applyEvents } from '../../../src/localgrid/node/events.js'
import { LocalNode } from '../../../src/localgrid/node/local-node.js'
import type { StartNodesOptions } from '../../../src/localgrid/node/options.js'
import { Pauses } from '../../../src/localgrid/node/pauses.js'
import { answer } from '../../../src/localgrid/node/rmb/commands.js'
import type { NodeSpec } from '../../../src/localgrid/node/spec.js'
import type { Store } from '../../../src/localgrid/ports.js'
import { deploymentHash } from '../../../src/zos/challenge.js'
import type { Deployment, Workload } from '../../../src/zos/deployment.js'
import { signDeployment } from '../../../src/zos/signature.js'
import { FakeChain } from './fake-chain.js'
import { RecordingStore } from './recording-store.js'
import { GIB } from './workloads.js'

export const USER = 7
export const FARMER = 1
export const ADMIN = 99

export interface Accounts {
  readonly user: Identity
  readonly node: Identity
  readonly verifier: Verify
}

export async function accounts(): Promise<Accounts> {
  const user = await createIdentity('11'.repeat(32))
  const node = await createIdentity('22'.repeat(32), 'ed25519')
  return { user, node, verifier: await loadVerifier() }
}

export interface BenchOptions extends Partial<Omit<StartNodesOptions, 'store'>> {
  readonly spec?: Partial<NodeSpec>
  readonly store?: Store
  readonly fake?: FakeChain
}

export class Bench {
  readonly chain: FakeChain
  readonly faults = new FaultBoard()
  readonly store: Store
  readonly node: LocalNode
  readonly pauses = new Pauses()
  readonly #user: Identity

  constructor({ user, node, verifier }: Accounts, options: BenchOptions = {}) {
    const spec: NodeSpec = {
      nodeId: 11,
      kind: 'full',
      twinId: 20,
      identity: node,
      resources: { cru: 8n, mru: 32n * GIB, sru: 500n * GIB, hru: 1000n * GIB },
      ...options.spec,
    }
    this.#user = user
    this.chain = options.fake ?? new FakeChain()
    this.store = options.store ?? new RecordingStore()
    this.chain.addTwin(USER, user.address)
    this.chain.addNode(spec)
    const { pauses, faults, store } = this
    const relay = { attach: () => ({ send: () => {}, detach: () => {} }) }
    this.node = new LocalNode(spec, {
      chain: this.chain.port,
      relay,
      faults,
      verifier,
      kycStatus: () => 'VERIFIED',
      adminTwins: [ADMIN],
      nodes: [spec],
      now: () => 1_700_000_000_000,
      ...options,
      store,
      pauses,
    })
    this.chain.port.onBlock(block => applyEvents(block, new Map([[spec.nodeId, this.node]])))
  }

  /** The answer of a command, as plain data. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async call(command: string, args?: unknown, caller = USER): Promise<any> {
    const payload = args === undefined ? '' : printJson(args)
    return parseJson(await answer(command, { node: this.node, caller, payload }))
  }

  sign(deployment: Deployment): Deployment {
    return signDeployment(deployment, { twinId: deployment.twin_id, signer: this.#user })
  }

  /** Puts the contract on chain, sends the deployment, waits until the node is done. */
  async deploy(deployment: Deployment, publicIps: Parameters<FakeChain['addContract']>[4] = []): Promise<void> {
    const { nodeId } = this.node.spec
    const before = this.chain.contractsById.get(deployment.contract_id)
    const kept = before?.type.kind === 'node' ? before.type.publicIps : publicIps
    this.chain.addContract(deployment.contract_id, deployment.twin_id, nodeId, deploymentHash(deployment), kept)
    await this.send(deployment)
    await this.node.engine.idle()
  }

  /** Only sends it. */
  send(deployment: Deployment): Promise<unknown> {
    const command = deployment.version === 0 ? 'deploy' : 'update'
    return this.call(`zos.deployment.${command}`, this.sign(deployment))
  }

  get(contractId: bigint): Promise<Deployment> {
    return this.call('zos.deployment.get', { contract_id: contractId })
  }

  changes(contractId: bigint): Promise<Workload[]> {
    return this.call('zos.deployment.changes', { contract_id: contractId })
  }

  /** `name state message` of each workload, sorted by name. */
  async states(contractId: bigint): Promise<string[]> {
    const { workloads } = await this.get(contractId)
    return workloads.map(textOf).sort()
  }

  /** The transaction log as `name state message`. */
  async log(contractId: bigint): Promise<string[]> {
    return (await this.changes(contractId)).map(textOf)
  }

  // biome-ignore lint/suspicious/noExplicitAny: likewise
  async result(contractId: bigint, name: string): Promise<any> {
    const { workloads } = await this.get(contractId)
    return workloads.find(workload => workload.name === name)?.result.data
  }
}

function textOf({ name, result }: Workload): string {
  return [name, result.state, result.message].filter(part => part !== '').join(' ')
}
