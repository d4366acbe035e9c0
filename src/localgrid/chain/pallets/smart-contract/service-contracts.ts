/** Contracts between two twins. Source: pallets/pallet-smart-contract/src/service_contract.rs. */
import { type CallDefinition, type Context, call, signed } from '../../runtime/pallet.js'
import { accountId } from '../../runtime/primitives.js'
import { bytes, u64 } from '../../scale/primitives.js'
import type { ValueOf } from '../../scale/type.js'
import { transfer, usableBalance } from '../accounts.js'
import * as grid from '../tfgrid/storage.js'
import { billingPrice } from '../tft-price.js'
import { nowSeconds } from '../timestamp.js'
import { inTft, serviceCost, variableLimit } from './cost.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import type { cause, ServiceContract } from './layouts.js'
import * as items from './storage.js'

const HOUR = 3600n

interface Party {
  readonly contract: ServiceContract
  readonly isService: boolean
  readonly isConsumer: boolean
}

function partyTo(context: Context, id: bigint): Party {
  const who = signed(context)
  const twinId = errors.need(grid.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
  const contract = errors.need(items.serviceContracts.get(context.state, id), 'ServiceContractNotExists')
  return {
    contract,
    isService: twinId === contract.serviceTwinId,
    isConsumer: twinId === contract.consumerTwinId,
  }
}

function save(context: Context, contract: ServiceContract): ServiceContract {
  items.serviceContracts.put(context.state, contract, contract.serviceContractId)
  return contract
}

function remove(context: Context, id: bigint, why: ValueOf<typeof cause>): void {
  items.serviceContracts.remove(context.state, id)
  context.emit(events.ServiceContractCanceled({ serviceContractId: id, cause: why }))
}

const byId = { serviceContractId: u64 }

export const serviceContractCalls: readonly CallDefinition[] = [
  call(11, 'serviceContractCreate', { serviceAccount: accountId, consumerAccount: accountId }, (context, args) => {
    const caller = signed(context)
    const { state } = context
    const twinOf = (account: string) => errors.need(grid.twinIdByAccountId.get(state, account), 'TwinNotExists')
    const callerTwin = twinOf(caller)
    const serviceTwinId = twinOf(args.serviceAccount)
    const consumerTwinId = twinOf(args.consumerAccount)
    errors.ensure(callerTwin === serviceTwinId || callerTwin === consumerTwinId, 'TwinNotAuthorized')
    errors.ensure(serviceTwinId !== consumerTwinId, 'ServiceContractCreationNotAllowed')
    const id = items.serviceContractId.get(state) + 1n
    items.serviceContractId.put(state, id)
    const contract = save(context, {
      serviceContractId: id,
      serviceTwinId,
      consumerTwinId,
      baseFee: 0n,
      variableFee: 0n,
      metadata: new Uint8Array(),
      acceptedByService: false,
      acceptedByConsumer: false,
      lastBill: 0n,
      state: 'Created',
    })
    context.emit(events.ServiceContractCreated(contract))
  }),
  call(12, 'serviceContractSetMetadata', { ...byId, metadata: bytes }, (context, args) => {
    const { contract, isService, isConsumer } = partyTo(context, args.serviceContractId)
    errors.ensure(isService || isConsumer, 'TwinNotAuthorized')
    errors.ensure(contract.state !== 'ApprovedByBoth', 'ServiceContractModificationNotAllowed')
    errors.ensure(args.metadata.length <= 64, 'ServiceContractMetadataTooLong')
    const state = contract.baseFee === 0n ? contract.state : 'AgreementReady'
    context.emit(events.ServiceContractMetadataSet(save(context, { ...contract, metadata: args.metadata, state })))
  }),
  call(13, 'serviceContractSetFees', { ...byId, baseFee: u64, variableFee: u64 }, (context, args) => {
    const { contract, isService } = partyTo(context, args.serviceContractId)
    errors.ensure(isService, 'TwinNotAuthorized')
    errors.ensure(contract.state !== 'ApprovedByBoth', 'ServiceContractModificationNotAllowed')
    const { baseFee, variableFee } = args
    const state = contract.metadata.length === 0 ? contract.state : 'AgreementReady'
    context.emit(events.ServiceContractFeesSet(save(context, { ...contract, baseFee, variableFee, state })))
  }),
  call(14, 'serviceContractApprove', byId, (context, args) => {
    const { contract, isService, isConsumer } = partyTo(context, args.serviceContractId)
    errors.ensure(contract.state === 'AgreementReady', 'ServiceContractApprovalNotAllowed')
    errors.ensure(isService || isConsumer, 'TwinNotAuthorized')
    const acceptedByService = contract.acceptedByService || isService
    const acceptedByConsumer = contract.acceptedByConsumer || (!isService && isConsumer)
    const accepted = { ...contract, acceptedByService, acceptedByConsumer }
    const both = acceptedByService && acceptedByConsumer
    const updated: ServiceContract = both
      ? { ...accepted, state: 'ApprovedByBoth', lastBill: nowSeconds(context.state) }
      : accepted
    context.emit(events.ServiceContractApproved(save(context, updated)))
  }),
  call(15, 'serviceContractReject', byId, (context, args) => {
    signed(context)
    const id = args.serviceContractId
    const contract = errors.need(items.serviceContracts.get(context.state, id), 'ServiceContractNotExists')
    errors.ensure(contract.state === 'AgreementReady', 'ServiceContractRejectionNotAllowed')
    const { isService, isConsumer } = partyTo(context, id)
    errors.ensure(isService || isConsumer, 'TwinNotAuthorized')
    remove(context, id, 'CanceledByUser')
  }),
  call(16, 'serviceContractCancel', byId, (context, args) => {
    const { isService, isConsumer } = partyTo(context, args.serviceContractId)
    errors.ensure(isService || isConsumer, 'TwinNotAuthorized')
    remove(context, args.serviceContractId, 'CanceledByUser')
  }),
  call(17, 'serviceContractBill', { ...byId, variableAmount: u64, metadata: bytes }, (context, args) => {
    const { state } = context
    const { contract, isService } = partyTo(context, args.serviceContractId)
    errors.ensure(isService, 'TwinNotAuthorized')
    errors.ensure(contract.state === 'ApprovedByBoth', 'ServiceContractBillingNotApprovedByBoth')

    // At most one hour is billed: billing often enough is the service's business.
    const now = nowSeconds(state)
    const elapsed = now > contract.lastBill ? now - contract.lastBill : 0n
    const window = elapsed < HOUR ? elapsed : HOUR
    const limit = variableLimit(contract.variableFee, window)
    errors.ensure(args.variableAmount <= limit, 'ServiceContractBillingVariableAmountTooHigh')
    errors.ensure(args.metadata.length <= 50, 'ServiceContractBillMetadataTooLong')

    const usd = serviceCost(contract.baseFee, args.variableAmount, window)
    const amount = usd === 0n ? 0n : inTft(usd, Math.max(1, billingPrice(state)))
    const service = errors.need(grid.twins.get(state, contract.serviceTwinId), 'TwinNotExists')
    const consumer = errors.need(grid.twins.get(state, contract.consumerTwinId), 'TwinNotExists')
    // The chain cancels the contract here and then fails the call, which undoes the cancelling.
    errors.ensure(usableBalance(state, consumer.accountId) >= amount, 'ServiceContractNotEnoughFundsToPayBill')
    transfer(context, consumer.accountId, service.accountId, amount, true)

    const bill = { variableAmount: args.variableAmount, window, metadata: args.metadata }
    const serviceContract = save(context, { ...contract, lastBill: now })
    context.emit(events.ServiceContractBilled({ serviceContract, bill, amount }))
  }),
]
