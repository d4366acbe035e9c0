/**
 * What is hashed of a deployment: its values as text, one after the other, nothing between them.
 *
 * MD5 of that text is the contract's deployment hash and what signatures are over. The text is the node's: values are
 * made canonical first. Source: threefoldtech/zosbase pkg/gridtypes, the Challenge methods.
 */
import { md5 } from '@noble/hashes/legacy.js'

import { utf8 } from '../core/bytes.js'
import { toHex } from '../core/hex.js'
import { wellFormed } from '../core/json-reader.js'
import { canonicalDeployment } from './canonical.js'
import type { Deployment, SignatureRequirement, Workload } from './deployment.js'
import { anySpec } from './workloads/registry.js'

/** The text that is hashed. The contract's id, signatures, results and `corex` are not in it.
 *
 * @throws {ZosError} ZOS_DECODE when a workload's data cannot be read by a node
 */
export function deploymentChallenge(deployment: Deployment): string {
  const { version, twin_id, metadata, description, expiration, workloads, signature_requirement } =
    canonicalDeployment(deployment)
  let text = `${version}${twin_id}${metadata}${description}${expiration}`
  for (const workload of workloads) text += canonicalWorkloadChallenge(workload)
  return text + requirementChallenge(signature_requirement)
}

/** The same as UTF-8. @throws {ZosError} ZOS_DECODE */
export function deploymentChallengeBytes(deployment: Deployment): Uint8Array {
  return utf8(deploymentChallenge(deployment))
}

/** 16 bytes: what accounts sign. @throws {ZosError} ZOS_DECODE */
export function deploymentDigest(deployment: Deployment): Uint8Array {
  return md5(deploymentChallengeBytes(deployment))
}

/** 32 lower-case hex digits: what the contract holds, as ASCII. Nodes compare the text, so case matters.
 *
 * @throws {ZosError} ZOS_DECODE
 * @example
 * const hash = deploymentHash(deployment)
 * await chain.submit([{ kind: 'createNodeContract', hash, … }])
 */
export function deploymentHash(deployment: Deployment): string {
  return toHex(deploymentDigest(deployment))
}

/** What one workload adds. Its data must be canonical. */
function canonicalWorkloadChallenge(workload: Workload): string {
  const { version, name, type, metadata, description, data } = workload
  return `${version}${name}${type}${metadata}${description}${anySpec(type).challenge(data)}`
}

function requirementChallenge({ requests, weight_required, signature_style }: SignatureRequirement): string {
  const asked = requests.map(({ twin_id, required, weight }) => `${twin_id}${required}${weight}`).join('')
  return `${asked}${weight_required}${wellFormed(signature_style)}`
}
