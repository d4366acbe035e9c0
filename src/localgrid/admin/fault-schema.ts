/** What may be posted as a fault: one shape per kind. */
import type { FaultKind } from '../faults.js'

type Properties = Readonly<Record<string, object>>

const id = { type: 'integer', minimum: 0, maximum: 0xffff_ffff }
const text = { type: 'string', minLength: 1, maxLength: 1024 }
const delayMs = { type: 'integer', minimum: 0, maximum: 3_600_000 }
const service = { enum: ['rest', 'graphql'] }

/** Properties of each kind; those marked are required. */
const KINDS: Readonly<Record<FaultKind, { properties: Properties; required: readonly string[] }>> = {
  'silent-node': { properties: { nodeId: id }, required: ['nodeId'] },
  'slow-node': { properties: { nodeId: id, delayMs }, required: ['nodeId', 'delayMs'] },
  'failing-workload': { properties: { nodeId: id, name: text, message: text }, required: [] },
  'slow-workload': { properties: { nodeId: id, name: text, delayMs }, required: ['delayMs'] },
  'full-disk': { properties: { nodeId: id }, required: ['nodeId'] },
  'foreign-signature': { properties: { nodeId: id }, required: ['nodeId'] },
  'slow-finality': { properties: { delayMs }, required: ['delayMs'] },
  'nonce-clash': { properties: {}, required: [] },
  'no-funds': { properties: { address: text }, required: [] },
  'chain-restart': { properties: { downMs: delayMs }, required: ['downMs'] },
  'dropped-relay': { properties: {}, required: [] },
  'lost-frames': { properties: {}, required: [] },
  'duplicated-frames': { properties: {}, required: [] },
  'reordered-frames': { properties: {}, required: [] },
  'garbage-explorer': { properties: { service }, required: [] },
  'silent-explorer': { properties: { service }, required: [] },
  kyc: { properties: { status: { enum: ['PENDING', 'REJECTED', 'UNVERIFIED'] }, twinId: id }, required: ['status'] },
}

export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[]

export function isFaultKind(kind: unknown): kind is FaultKind {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind)
}

export function schemaOf(kind: FaultKind): object {
  const { properties, required } = KINDS[kind]
  return {
    type: 'object',
    additionalProperties: false,
    required: ['kind', ...required],
    properties: { kind: { const: kind }, times: { type: 'integer', minimum: 1, maximum: 1_000_000 }, ...properties },
  }
}
