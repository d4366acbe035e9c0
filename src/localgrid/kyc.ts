/**
 * Who is verified: everybody who has a twin, since a local grid knows no persons. The fault `kyc` says otherwise, for
 * one twin or for all.
 */
import { publicKeyOf } from '../chain/keys.js'
import type { FaultBoard } from './faults.js'
import type { ChainView } from './ports.js'

export type KycStatus = 'VERIFIED' | 'PENDING' | 'REJECTED' | 'UNVERIFIED'

export interface Kyc {
  ofTwin(twinId: number): KycStatus
  /** @param account SS58 */
  ofAccount(account: string): KycStatus
}

export function createKyc(chain: Pick<ChainView, 'twin' | 'twinOf'>, faults: FaultBoard): Kyc {
  const status = (twinId: number | undefined): KycStatus => {
    if (twinId === undefined) return 'UNVERIFIED'
    const fault = faults.strike('kyc', fault => fault.twinId === undefined || fault.twinId === twinId)
    return fault?.status ?? 'VERIFIED'
  }
  return {
    ofTwin: twinId => status(chain.twin(twinId)?.id),
    ofAccount: account => status(isAddress(account) ? chain.twinOf(account)?.id : undefined),
  }
}

function isAddress(account: string): boolean {
  try {
    return publicKeyOf(account).length > 0
  } catch {
    return false
  }
}
