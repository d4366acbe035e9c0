/**
 * What a node checks before it takes a deployment, in its order and in its words; the first failure is the answer over
 * RMB. Source: threefoldtech/zosbase pkg/provision/engine.go, CreateOrUpdate.
 */

import { publicKeyOf, type Verify } from '../../../chain/keys.js'
import type { Twin } from '../../../chain/port.js'
import { ZosError } from '../../../errors/zos.js'
import { checkDeployment } from '../../../zos/check.js'
import type { Deployment } from '../../../zos/deployment.js'
import { planUpgrade } from '../../../zos/upgrade.js'
import { verifyDeployment } from '../../../zos/verify.js'
import { isNetwork, type NodeState, view } from './state.js'

export interface AdmissionPorts {
  twin(id: number): Twin | undefined
  readonly verifier: Verify
  kycStatus(twinId: number): string | Promise<string>
}

const VERIFIED = 'VERIFIED'

/** Everything that does not depend on what the node has.
 *
 * @param text the deployment in wire form
 * @throws {ZosError}
 */
export async function checkRequest(text: string, sender: number, ports: AdmissionPorts): Promise<Deployment> {
  const verdict = checkDeployment(text)
  if (!verdict.ok) throw new ZosError('ZOS_INVALID', verdict.message, { where: verdict.where })
  const { deployment } = verdict
  if (deployment.twin_id !== sender) {
    throw refuse(`twin id mismatch (deployment: ${deployment.twin_id}, message: ${sender})`)
  }
  await checkKyc(sender, ports)
  verifyDeployment(deployment, {
    publicKeyOf: twinId => {
      const twin = ports.twin(twinId)
      return twin && publicKeyOf(twin.account)
    },
    verify: ports.verifier,
  })
  return deployment
}

/** Asked once: what the local grid knows does not change by asking again, as a real node does five times. */
async function checkKyc(twinId: number, ports: AdmissionPorts): Promise<void> {
  let status: string
  try {
    status = await ports.kycStatus(twinId)
  } catch (cause) {
    throw new ZosError('ZOS_INVALID', 'failed to get twin verification status', { cause })
  }
  if (status !== VERIFIED) throw refuse(`user with twin id ${twinId} is not verified`)
}

/** @throws {ZosError} */
export function checkCreation(deployment: Deployment, state: NodeState): void {
  if (deployment.version !== 0) {
    throw refuse('expected version to be 0 on deployment creation: invalid version')
  }
  const key = { twinId: deployment.twin_id, contractId: deployment.contract_id }
  if (state.get(key)) throw refuse('exists')
  for (const workload of deployment.workloads) {
    if (isNetwork(workload) && state.ownerOfNetwork(key.twinId, workload.name)) {
      throw refuse(`global workload with the same name '${workload.name}' exists: conflict`)
    }
  }
}

/** @throws {ZosError} */
export function checkUpgrade(target: Deployment, state: NodeState): void {
  const stored = state.get({ twinId: target.twin_id, contractId: target.contract_id })
  if (!stored) {
    const known = [...state.deployments()].some(other => other.envelope.twin_id === target.twin_id)
    throw refuse(`${known ? 'deployment' : 'twin'} not found: deployment does not exist`)
  }
  // What it would do is worked out again when its turn comes; here it only has to be possible.
  planUpgrade(view(stored), target)
}

function refuse(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}
