/**
 * Does the chain know of this deployment? Asked when its turn comes, not when it is accepted.
 *
 * Deliberately not asked, as on a real node: whose contract it is, and whether it is in its grace period.
 * Source: threefoldtech/zosbase pkg/provision/engine.go, validate.
 */
import type { ContractType } from '../../../chain/port.js'
import { ZosError } from '../../../errors/zos.js'
import { deploymentHash } from '../../../zos/challenge.js'
import type { Deployment } from '../../../zos/deployment.js'
import type { ChainView } from '../../ports.js'

export interface ContractFacts {
  readonly contract: Extract<ContractType, { kind: 'node' }>
  /** Does someone rent the whole node? */
  readonly rented: boolean
}

/** @throws {ZosError} with the text that becomes the error of every workload of the deployment */
export function checkContract(
  chain: ChainView,
  nodeId: number,
  contractId: bigint,
  target?: Deployment,
): ContractFacts {
  const contract = chain.contract(contractId)
  if (!contract) throw fail('failed to get deployment contract: contract not found: object not found')
  if (contract.type.kind !== 'node') throw fail('invalid contract type, expecting node contract')
  const rented = chain.activeRentContract(nodeId) !== undefined

  // After a reboot what is stored is trusted: the contract only has to be there.
  if (!target) return { contract: contract.type, rented }
  if (contract.type.nodeId !== nodeId) throw fail('invalid node address in contract')
  // Compared as texts, so upper-case hex on chain is a mismatch.
  if (contract.type.hash !== deploymentHash(target)) throw fail('contract hash does not match deployment hash')
  return { contract: contract.type, rented }
}

function fail(message: string): ZosError {
  return new ZosError('ZOS_INVALID', message)
}
