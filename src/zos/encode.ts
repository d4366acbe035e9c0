/** Deployments as JSON for the wire, in the very values that are hashed. */
import { printJson } from '../core/json.js'
import { canonicalDeployment, canonicalWorkload } from './canonical.js'
import type { Deployment, Workload } from './deployment.js'

/** JSON text of a deployment: keys in the order of the node's own, 64-bit integers as integers, no spaces.
 *
 * @throws {ZosError} ZOS_DECODE when a workload's data cannot be read by a node
 * @example await rmb.request({ twinId, command: 'zos.deployment.deploy', payload: encodeDeployment(signed), timeoutMs })
 */
export function encodeDeployment(deployment: Deployment): string {
  const { version, twin_id, contract_id, metadata, description, expiration, signature_requirement, workloads } =
    canonicalDeployment(deployment)
  return printJson({
    version,
    twin_id,
    contract_id,
    metadata,
    description,
    expiration,
    signature_requirement,
    workloads: workloads.map(ordered),
  })
}

/** A list of workloads: what a node answers to `zos.deployment.changes`. @throws {ZosError} ZOS_DECODE */
export function encodeWorkloads(workloads: readonly Workload[]): string {
  return printJson(workloads.map(workload => ordered(canonicalWorkload(workload))))
}

function ordered({ version, name, type, data, metadata, description, result }: Workload) {
  return { version, name, type, data, metadata, description, result }
}
