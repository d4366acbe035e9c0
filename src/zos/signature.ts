/**
 * Signatures of a deployment: over the 16 bytes of its MD5, or over a text that browser wallets agree to sign.
 *
 * Source: threefoldtech/zosbase pkg/gridtypes/deployment.go (Sign, Verify).
 */
import { concatBytes, utf8 } from '../core/bytes.js'
import { fromHex, toHex } from '../core/hex.js'
import { deploymentDigest } from './challenge.js'
import type { Deployment, DeploymentSignature } from './deployment.js'

export interface DeploymentSigner {
  readonly keyType: 'sr25519' | 'ed25519'
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

/** What a signer of this deployment signs. @throws {ZosError} ZOS_DECODE */
export function signedMessage(deployment: Deployment): Uint8Array {
  return messageOf(deployment, deploymentDigest(deployment))
}

function messageOf(deployment: Deployment, digest: Uint8Array): Uint8Array {
  if (deployment.signature_requirement.signature_style !== 'polka-wallet') return digest
  return concatBytes(utf8('<Bytes>'), utf8(toHex(digest)), utf8('</Bytes>'))
}

/** A copy of the deployment with this twin's signature; an earlier one of the same twin is replaced.
 *
 * @param hash of this very deployment, where the caller has it already: it is then not computed again
 * @throws {ZosError} ZOS_DECODE
 * @example signDeployment(deployment, { twinId: 7, signer: identity })
 */
export function signDeployment(
  deployment: Deployment,
  { twinId, signer, hash }: { readonly twinId: number; readonly signer: DeploymentSigner; readonly hash?: string },
): Deployment {
  const digest = hash === undefined ? deploymentDigest(deployment) : fromHex(hash, 'the hash', 16)
  const signature: DeploymentSignature = {
    twin_id: twinId,
    signature: toHex(signer.sign(messageOf(deployment, digest))),
    signature_type: signer.keyType,
  }
  const { signature_requirement } = deployment
  const others = signature_requirement.signatures.filter(other => other.twin_id !== twinId)
  return { ...deployment, signature_requirement: { ...signature_requirement, signatures: [...others, signature] } }
}
