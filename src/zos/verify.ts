/** Whether a deployment is signed as it asks for. Source: threefoldtech/zosbase pkg/gridtypes/deployment.go, Verify. */
import { ZosError } from '../errors/zos.js'
import type { Deployment } from './deployment.js'
import { canonicalHex } from './go/hex.js'
import { signedMessage } from './signature.js'

export interface VerifyPorts {
  /** 32 bytes: the account of a twin. Undefined, or an error thrown: there is no such twin. */
  publicKeyOf(twinId: number): Uint8Array | undefined
  /** sr25519 with context `substrate`. Must not throw for a signature of a wrong length: it is wrong. */
  verify(type: 'sr25519' | 'ed25519', message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean
}

/** Passes what a node passes. Every twin in `requests` must have signed, required or not: a node does not skip any.
 *
 * Keys are asked for synchronously; fetch those of `signature_requirement.requests` beforehand.
 *
 * @throws {ZosError} ZOS_SIGNATURE; the message is exactly the node's
 */
export function verifyDeployment(deployment: Deployment, ports: VerifyPorts): void {
  const message = signedMessage(deployment)
  const { requests, signatures, weight_required } = deployment.signature_requirement

  let weight = 0n
  let originatorFound = false
  for (const request of requests) {
    const isOriginator = request.twin_id === deployment.twin_id
    originatorFound ||= isOriginator

    const signature = signatures.find(candidate => candidate.twin_id === request.twin_id)
    if (!signature && (request.required || isOriginator)) {
      throw refuse(`missing required signature for twin '${request.twin_id}'`)
    }
    const publicKey = keyOf(request.twin_id, ports)
    const bytes = signatureBytes(signature?.signature ?? '')
    // Whatever does not call itself sr25519 is taken for ed25519, no type at all included.
    const type = signature?.signature_type === 'sr25519' ? 'sr25519' : 'ed25519'
    if (!ports.verify(type, message, bytes, publicKey)) throw refuse('failed to verify signature')

    weight = BigInt.asUintN(64, weight + BigInt(request.weight))
  }
  if (!originatorFound) throw refuse('originator twin id must be in the signature requests')
  if (weight < BigInt(weight_required)) throw refuse('required signature weight is not reached')
}

function keyOf(twinId: number, ports: VerifyPorts): Uint8Array {
  let cause: unknown
  try {
    const key = ports.publicKeyOf(twinId)
    if (key) return key
  } catch (error) {
    cause = error
  }
  const reason = cause instanceof Error ? cause.message : 'not found'
  throw refuse(
    `failed to get public key for twin '${twinId}': could not get user with id '${twinId}': ${reason}`,
    cause,
  )
}

/** Hex in either case; a `0x` is refused. */
function signatureBytes(text: string): Uint8Array {
  try {
    return Uint8Array.from(canonicalHex(text).match(/../g) ?? [], digits => Number.parseInt(digits, 16))
  } catch (cause) {
    throw refuse(`invalid signature: ${(cause as Error).message}`, cause)
  }
}

function refuse(message: string, cause?: unknown): ZosError {
  return new ZosError('ZOS_SIGNATURE', message, cause === undefined ? {} : { cause })
}
