/** What a node knows how to do with one type of workload: the rules, not the doing. */
import type { Contract, ContractType, PublicConfig } from '../../../chain/port.js'
import { ZosError } from '../../../errors/zos.js'
import type { Deployment, Workload, WorkloadOf } from '../../../zos/deployment.js'
import type { WorkloadType } from '../../../zos/workloads/data.js'
import type { DeploymentKey, Held } from '../engine/records.js'
import type { LiveWorkload, NodeState } from '../engine/state.js'
import type { NodeSpec } from '../spec.js'
import type { Disks } from './disks.js'
import type { Overlay } from './overlay.js'

/** What a manager may see of the node it works on. */
export interface NodeFacts {
  readonly spec: NodeSpec
  readonly light: boolean
  readonly state: NodeState
  readonly disks: Disks
  readonly overlay: Overlay
  publicConfig(): PublicConfig | undefined
  contractByName(name: string): Contract | undefined
  resolve(host: string): Promise<readonly string[]>
}

export interface ProvisionContext {
  readonly node: NodeFacts
  readonly key: DeploymentKey
  /** The deployment with what its workloads are now. */
  readonly deployment: Deployment
  /** Absent while removing. */
  readonly contract?: Extract<ContractType, { kind: 'node' }>
  readonly rented: boolean
  /** `<twin>-<contract>-<name>` of the workload at hand. */
  readonly id: string
}

export interface Provisioned {
  /** The result's `data`. */
  readonly data: unknown
  readonly held?: readonly Held[]
}

/** An update can also leave things as they are: refused (`unchanged`), or because nothing differs. */
export type Updated = Provisioned | { readonly unchanged: string } | 'no action needed'

export interface WorkloadManager<T extends WorkloadType = WorkloadType> {
  /** @throws {ZosError} with the node's text: the workload goes into `error` */
  provision(context: ProvisionContext, workload: WorkloadOf<T>): Provisioned | Promise<Provisioned>
  /** Absent for types that cannot be changed in place. */
  update?(context: ProvisionContext, workload: WorkloadOf<T>, live: LiveWorkload): Updated | Promise<Updated>
}

export type Managers = { readonly [T in WorkloadType]: WorkloadManager<T> }

export function refuse(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}

/** A workload of the same deployment.
 *
 * @throws {ZosError}
 */
export function sibling(context: ProvisionContext, name: string): Workload {
  const found = context.deployment.workloads.find(workload => workload.name === name)
  if (!found) throw refuse(`no workload with name '${name}': workload not found`)
  return found
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
