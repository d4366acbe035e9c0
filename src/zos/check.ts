/**
 * Whether a node would take a deployment, and in its own words why not.
 *
 * Rules run workload by workload in list order, the first failure wins, and a workload's data is read only when its
 * turn comes. Source: threefoldtech/zosbase pkg/gridtypes/{deployment,workload,id}.go.
 */
import { utf8 } from '../core/bytes.js'
import { ZosError } from '../errors/zos.js'
import { decodeData, decodeDeployment, type RawDeployment, rawDeployment, typedDeployment } from './decode.js'
import type { Deployment } from './deployment.js'
import { anySpec, isWorkloadType } from './workloads/registry.js'
import type { Surroundings } from './workloads/spec.js'

export type Verdict =
  | { readonly ok: true; readonly deployment: Deployment }
  | {
      readonly ok: false
      /** Exactly the node's text. */
      readonly message: string
      /** `workloads[1] vm1`, or `deployment` when already the envelope is wrong. */
      readonly where: string
    }

/** The node's verdict on a deployment as JSON text, as decoded, or as made in this program.
 *
 * Says nothing about signatures, the contract, or what the node has: those are checked later.
 *
 * @example
 * const verdict = checkDeployment(readFileSync('deployment.json', 'utf8'))
 * if (!verdict.ok) console.error(`${verdict.where}: ${verdict.message}`)
 */
export function checkDeployment(input: string | RawDeployment | Deployment): Verdict {
  let raw: RawDeployment
  try {
    raw = typeof input === 'string' ? decodeDeployment(input) : rawDeployment(input as Deployment)
  } catch (error) {
    if (!(error instanceof ZosError)) throw error
    return { ok: false, message: error.message, where: 'deployment' }
  }

  const problem = firstProblem(raw)
  return problem === undefined ? { ok: true, deployment: typedDeployment(raw) } : { ok: false, ...problem }
}

/** The node's objection to a name, or undefined. The limit of 36 bytes is that of a virtiofs tag. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'name cannot be empty'
  if (name.length > MAX_NAME_BYTES || utf8(name).length > MAX_NAME_BYTES) return 'name cannot exceed 36 characters'
  if (!/^[a-zA-Z0-9_]+$/.test(name)) return 'unsupported character in workload name'
  return name === 'ygg' ? `invalid name '${name}' is reserved` : undefined
}

const MAX_NAME_BYTES = 36

function firstProblem(raw: RawDeployment): { message: string; where: string } | undefined {
  const around = surroundings(raw)
  const names = new Set<string>()
  for (const [index, { name, type, version, data }] of raw.workloads.entries()) {
    const refuse = (message: string) => ({ message, where: `workloads[${index}] ${name}`.trimEnd() })

    if (version > raw.version) {
      return refuse(`workload '${name}' version '${version}' cannot be higher than deployment version '${raw.version}'`)
    }
    const badName = nameProblem(name)
    if (badName !== undefined) return refuse(`name '${name}' is invalid: ${badName}`)
    if (names.has(name)) return refuse(`multiple workloads with the same name '${name}'`)
    names.add(name)

    const decoded = decodeData({ type, data })
    if (!decoded.ok) return refuse(decoded.message)
    const problem = isWorkloadType(type) ? anySpec(type).validate(decoded.value, around) : undefined
    if (problem !== undefined) return refuse(problem)
  }
  return undefined
}

/** Workloads whose name no rule allows cannot be found, neither by name nor by type. */
function surroundings({ workloads }: RawDeployment): Surroundings {
  return {
    find: name => (nameProblem(name) === undefined ? workloads.find(workload => workload.name === name) : undefined),
    ofType: type => workloads.filter(workload => workload.type === type && nameProblem(workload.name) === undefined),
  }
}
