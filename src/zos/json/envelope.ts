/** Codecs of the deployment around its workloads. Source: threefoldtech/zosbase pkg/gridtypes/{deployment,workload}.go. */
import type { DeploymentSignature, SignatureRequest, SignatureRequirement } from '../deployment.js'
import { rfc3339Seconds } from '../go/time.js'
import type { ResultState, WorkloadResult } from '../results.js'
import { type Codec, DecodeFailure } from './codec.js'
import { list, struct } from './composites.js'
import { workloadName } from './go-types.js'
import { type JsonNode, literalOf, plainOf } from './node.js'
import { flag, text, uint, uint64 } from './scalars.js'

/** A workload whose data is still as it was sent. */
export interface RawWorkload {
  version: number
  name: string
  type: string
  /** undefined: absent. */
  data: JsonNode | undefined
  metadata: string
  description: string
  result: WorkloadResult
}

export interface RawDeployment {
  version: number
  twin_id: number
  contract_id: bigint
  metadata: string
  description: string
  expiration: bigint
  signature_requirement: SignatureRequirement
  workloads: RawWorkload[]
}

/** Go's `uint`: a number as long as that is exact. */
const weight: Codec<number | bigint> = (() => {
  const wide = uint64('uint')
  return {
    goType: 'uint',
    zero: () => 0,
    decode: (node, before, context) => narrowed(wide.decode(node, BigInt(before), context)),
  }
})()

const signatureRequest = struct<SignatureRequest>('gridtypes', 'SignatureRequest', {
  twin_id: uint(32),
  required: flag,
  weight,
})
const signature = struct<DeploymentSignature>('gridtypes', 'Signature', {
  twin_id: uint(32),
  signature: text(),
  signature_type: text(),
})
const signatureRequirement = struct<SignatureRequirement>('gridtypes', 'SignatureRequirement', {
  requests: list(signatureRequest),
  weight_required: weight,
  signatures: list(signature),
  signature_style: text('gridtypes.SignatureStyle'),
})

/** Unix seconds as an integer, or an RFC 3339 text. */
const timestamp: Codec<bigint> = {
  goType: 'gridtypes.Timestamp',
  zero: () => 0n,
  decode(node) {
    if (node === null) return 0n
    const literal = literalOf(node)
    if (literal !== undefined && /^-?\d+$/.test(literal)) {
      const seconds = BigInt(literal)
      if (BigInt.asIntN(64, seconds) === seconds) return seconds
    }
    const seconds = typeof node === 'string' ? rfc3339Seconds(node) : undefined
    if (seconds !== undefined) return seconds
    throw new DecodeFailure('unknown timestamp format, expecting a timestamp or an ISO-8601 date')
  },
}

const result = struct<WorkloadResult>('gridtypes', 'Result', {
  created: {
    goType: timestamp.goType,
    zero: () => 0,
    decode: (node, before, context) => Number(timestamp.decode(node, BigInt(before), context)),
  },
  state: text('gridtypes.ResultState') as Codec<ResultState | ''>,
  message: text(),
  data: { goType: 'json.RawMessage', zero: () => null, decode: node => plainOf(node) },
})

const workload = struct<RawWorkload>('gridtypes', 'Workload', {
  version: uint(32),
  name: workloadName,
  type: text('gridtypes.WorkloadType'),
  data: { goType: 'json.RawMessage', zero: () => undefined, decode: node => node },
  metadata: text(),
  description: text(),
  result,
})

export const workloadList = list(workload)

export const deployment = struct<RawDeployment>('gridtypes', 'Deployment', {
  version: uint(32),
  twin_id: uint(32),
  contract_id: uint64(),
  metadata: text(),
  description: text(),
  expiration: timestamp,
  signature_requirement: signatureRequirement,
  workloads: workloadList,
})

function narrowed(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}
