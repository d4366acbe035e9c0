/** Values as a node prints them: hex in lower case, addresses and CIDRs in Go's form, texts well formed. */
import { wellFormed } from '../core/json-reader.js'
import { ZosError } from '../errors/zos.js'
import { decodeData } from './decode.js'
import type { Deployment, Workload } from './deployment.js'
import type { JsonNode } from './json/node.js'

/** The same deployment in the values a node hashes; what is canonical already stays equal.
 *
 * @throws {ZosError} ZOS_DECODE when a node could not even read a workload's data
 */
export function canonicalDeployment(deployment: Deployment): Deployment {
  return {
    ...deployment,
    metadata: wellFormed(deployment.metadata),
    description: wellFormed(deployment.description),
    workloads: deployment.workloads.map(canonicalWorkload),
  }
}

/** @throws {ZosError} ZOS_DECODE */
export function canonicalWorkload(workload: Workload): Workload {
  const decoded = decodeData({ type: workload.type, data: workload.data as unknown as JsonNode })
  if (!decoded.ok) throw new ZosError('ZOS_DECODE', decoded.message, { where: workload.name })
  return {
    ...workload,
    name: wellFormed(workload.name),
    metadata: wellFormed(workload.metadata),
    description: wellFormed(workload.description),
    data: decoded.value,
  } as Workload
}
