/** Contracts, locks and bills of pallet SmartContractModule. Source: threefoldtech/tfchain, pallet-smart-contract/src/types.rs. */
import type { Contract, ContractLock, ContractState, ContractType, PublicIp } from '../../port.js'
import type { Plain } from '../plain.js'
import { different, Fields } from './fields.js'

export function readContract(value: Plain): Contract {
  const fields = new Fields(value, 'a contract')
  return {
    id: fields.bigint('contractId'),
    twinId: fields.number('twinId'),
    state: readState(fields),
    type: readType(fields),
    ...(fields.has('solutionProviderId') ? { solutionProviderId: fields.bigint('solutionProviderId') } : {}),
  }
}

/** @param value ContractLock of spec 149, or the ContractPaymentState that took its place; nothing for no contract */
export function readContractLock(value: Plain): ContractLock {
  if (value === undefined) return { amountLocked: 0n, extraAmountLocked: 0n, lockUpdated: 0n, cycles: 0 }
  const fields = new Fields(value, 'the lock of a contract')
  if (fields.has('standardReserve')) {
    return {
      amountLocked: fields.bigint('standardReserve'),
      extraAmountLocked: fields.bigint('additionalReserve'),
      lockUpdated: fields.bigint('lastUpdatedSeconds'),
      cycles: fields.number('cycles'),
    }
  }
  return {
    amountLocked: fields.bigint('amountLocked'),
    extraAmountLocked: fields.bigint('extraAmountLocked'),
    lockUpdated: fields.bigint('lockUpdated'),
    cycles: fields.number('cycles'),
  }
}

export function readPublicIp(fields: Fields): PublicIp {
  return { ip: fields.text('ip'), gateway: fields.text('gateway'), contractId: fields.bigint('contractId') }
}

function readState(fields: Fields): ContractState {
  const { kind, value } = fields.variant('state')
  switch (kind) {
    case 'Created':
      return { kind: 'created' }
    case 'GracePeriod':
      if (typeof value !== 'bigint' && typeof value !== 'number') throw different('the grace period of a contract')
      return { kind: 'grace', sinceBlock: BigInt(value) }
    case 'Deleted': {
      const cause = new Fields({ cause: value }, 'the end of a contract')
      return { kind: 'deleted', cause: cause.oneOf('cause', ['CanceledByUser', 'OutOfFunds', 'CanceledByCollective']) }
    }
    default:
      throw different(`the contract state ${kind}`)
  }
}

function readType(fields: Fields): ContractType {
  const { kind, value } = fields.variant('contractType')
  const inner = new Fields(value, kind)
  switch (kind) {
    case 'NodeContract':
      return {
        kind: 'node',
        nodeId: inner.number('nodeId'),
        // 32 bytes that are themselves the hex text of an MD5.
        hash: inner.text('deploymentHash'),
        data: inner.text('deploymentData'),
        publicIps: inner.structs('publicIpsList').map(readPublicIp),
      }
    case 'NameContract':
      return { kind: 'name', name: inner.text('name') }
    case 'RentContract':
      return { kind: 'rent', nodeId: inner.number('nodeId') }
    default:
      throw different(`the contract type ${kind}`)
  }
}
