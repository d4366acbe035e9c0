/**
 * Deployments in wire form, read as a node reads them: the envelope at once, each workload's data when it is asked for.
 *
 * Source: threefoldtech/zosbase pkg/gridtypes/{deployment,workload}.go; the rules are those of Go's encoding/json.
 */
import type { JsonBounds } from '../core/json-reader.js'
import { InputError } from '../errors/input.js'
import { ZosError } from '../errors/zos.js'
import type { Deployment, Workload } from './deployment.js'
import { type Codec, type Decoded, decodeWith } from './json/codec.js'
import { deployment, type RawDeployment, type RawWorkload } from './json/envelope.js'
import { type JsonNode, readNode } from './json/node.js'
import type { WorkloadData, WorkloadType } from './workloads/data.js'
import { anySpec, isWorkloadType } from './workloads/registry.js'

export type { RawDeployment, RawWorkload } from './json/envelope.js'

/** The envelope of a deployment; its workloads' data stays as it was sent.
 *
 * @throws {ZosError} ZOS_DECODE with the text a node answers over RMB
 * @example decodeDeployment('{"version":0,"twin_id":7,"workloads":[]}').twin_id // 7
 */
export function decodeDeployment(text: string, bounds?: JsonBounds): RawDeployment {
  return decodeText(deployment, text, bounds)
}

/** A deployment made in this program, as a node would read it. @throws {ZosError} ZOS_DECODE */
export function rawDeployment(typed: Deployment): RawDeployment {
  return unwrap(decodeWith(deployment, typed as unknown as JsonNode))
}

/** All of a deployment, its values canonical. @throws {ZosError} ZOS_DECODE; `where` names the workload */
export function typedDeployment(raw: RawDeployment): Deployment {
  return { ...raw, workloads: raw.workloads.map((workload, index) => typedWorkload(workload, `workloads[${index}]`)) }
}

/** @throws {ZosError} ZOS_DECODE: unknown type, or data that is not of its type */
export function typedWorkload(raw: RawWorkload, where = raw.name): Workload {
  const decoded = decodeData(raw)
  if (!decoded.ok) throw new ZosError('ZOS_DECODE', decoded.message, { where: `${where} ${raw.name}`.trim() })
  const { version, name, type, metadata, description, result } = raw
  return { version, name, type, data: decoded.value, metadata, description, result } as Workload
}

/** The data of one workload, or the node's words for what is wrong with it. */
export function decodeData(raw: Pick<RawWorkload, 'type' | 'data'>): Decoded<WorkloadData[WorkloadType]> {
  if (!isWorkloadType(raw.type)) return { ok: false, message: `invalid reservation type '${raw.type}'` }
  // A node gets past null while decoding, and panics on what it then has in hand.
  if (raw.data === null) return { ok: false, message: NULL_DATA }

  const { codec } = anySpec(raw.type)
  const decoded =
    raw.data === undefined
      ? { ok: false as const, message: 'unexpected end of JSON input' }
      : decodeWith(codec, raw.data)
  if (decoded.ok) return decoded
  return { ok: false, message: `failed to load data into object of type '*${codec.goType}': ${decoded.message}` }
}

/** @throws {ZosError} ZOS_DECODE */
export function decodeText<T>(codec: Codec<T>, text: string, bounds?: JsonBounds): T {
  try {
    return unwrap(decodeWith(codec, readNode(text, bounds)))
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new ZosError('ZOS_DECODE', error.message, { cause: error, ...(error.details && { details: error.details }) })
  }
}

const NULL_DATA = 'interface conversion: interface is nil, not gridtypes.WorkloadData'

function unwrap<T>(decoded: Decoded<T>): T {
  if (decoded.ok) return decoded.value
  throw new ZosError('ZOS_DECODE', decoded.message)
}
