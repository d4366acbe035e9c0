/**
 * What a node contract says about its deployment: a small JSON text on chain, by which clients find their own again.
 *
 * Sources: threefoldtech/tfgrid-sdk-ts grid_client (layout), threefoldtech/tfchain runtime (512 bytes at most).
 */
import { utf8 } from '../core/bytes.js'
import { type JsonValue, parseJson } from '../core/json.js'
import { isHyphaeError } from '../errors/base.js'
import { ZosError } from '../errors/zos.js'

export interface ContractData {
  /** 3; 4 on nodes without WireGuard. */
  readonly version: number
  /** `vm`, `kubernetes`, `zdb`, `qsfs`, `gateway`, `network`, `network-light`. */
  readonly type: string
  readonly name: string
  /** `vm/<name>` and so on unless the user chose one; may be empty. */
  readonly projectName: string
}

export const MAX_CONTRACT_DATA_BYTES = 512

/** @throws {ZosError} ZOS_INVALID when it does not fit the chain
 * @example encodeContractData({ version: 3, type: 'vm', name: 'web', projectName: 'vm/web' })
 */
export function encodeContractData({ version, type, name, projectName }: ContractData): string {
  const text = JSON.stringify({ version, type, name, projectName })
  const bytes = utf8(text).length
  if (bytes > MAX_CONTRACT_DATA_BYTES) {
    throw new ZosError('ZOS_INVALID', `contract data of ${type} ${name} has ${bytes} bytes, the chain takes 512`, {
      hint: 'use a shorter name or project name',
      details: { bytes, maxBytes: MAX_CONTRACT_DATA_BYTES },
    })
  }
  return text
}

/** Undefined for text that no client of this kind wrote; anyone may put anything there. */
export function parseContractData(text: string): ContractData | undefined {
  let value: JsonValue
  try {
    value = parseJson(text, { maxLength: 4 * MAX_CONTRACT_DATA_BYTES, maxDepth: 16 })
  } catch (error) {
    if (isHyphaeError(error)) return undefined
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { version, type, name, projectName } = value
  if (typeof type !== 'string' || typeof name !== 'string') return undefined
  return {
    version: typeof version === 'number' && Number.isInteger(version) ? version : 0,
    type,
    name,
    projectName: typeof projectName === 'string' ? projectName : '',
  }
}
