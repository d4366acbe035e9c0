/** What nodes answer about deployments, read with their own rules. */
import { ZosError } from '../errors/zos.js'
import { decodeDeployment, decodeText, typedDeployment, typedWorkload } from './decode.js'
import type { Deployment, Workload } from './deployment.js'
import { list } from './json/composites.js'
import { deployment, workloadList } from './json/envelope.js'

/** A reply of `zos.deployment.get`. Its workloads come in no order that means anything.
 *
 * @throws {ZosError} ZOS_DECODE
 */
export function readDeployment(text: string): Deployment {
  if (text.trim() === 'null') throw new ZosError('ZOS_DECODE', 'null is not a deployment')
  return typedDeployment(decodeDeployment(text))
}

/** A reply of `zos.deployment.list`; `null` is an empty list. @throws {ZosError} ZOS_DECODE */
export function readDeployments(text: string): Deployment[] {
  return decodeText(list(deployment), text).map(typedDeployment)
}

/** A reply of `zos.deployment.changes`, oldest first; `null` is an empty list. @throws {ZosError} ZOS_DECODE */
export function readWorkloads(text: string): Workload[] {
  return decodeText(workloadList, text).map((workload, index) => typedWorkload(workload, `[${index}]`))
}
