/** The node's verdict as an error. */
import { ZosError } from '../errors/zos.js'
import { checkDeployment } from './check.js'
import type { Deployment } from './deployment.js'

/** Passes what a node's own validation passes. Signatures and the contract are not looked at.
 *
 * @throws {ZosError} ZOS_INVALID; the message is exactly the node's, `where` names the workload
 */
export function validateDeployment(deployment: Deployment): void {
  const verdict = checkDeployment(deployment)
  if (!verdict.ok) throw new ZosError('ZOS_INVALID', verdict.message, { where: verdict.where })
}
