/**
 * Pallets that make a chain of many nodes: present with their indices and what clients look at. A local grid has one
 * author and nothing to agree on, so their calls need an origin that nobody here has.
 */
import { DispatchFailure } from '../runtime/dispatch-error.js'
import { call, defineErrors, defineEvents, type PalletDefinition, restricted, signed } from '../runtime/pallet.js'
import { accountId } from '../runtime/primitives.js'
import { struct, tuple, vec } from '../scale/composed.js'
import { bytes, fixedBytes, u32, u64 } from '../scale/primitives.js'
import type { Type } from '../scale/type.js'
import { described } from '../scale/type.js'
import { storageOf } from '../state/item.js'
import { authorities, sessionStorage } from './authorities.js'

const publicKey = (path: string) =>
  described(fixedBytes(32), () => ({
    path: path.split('::'),
    params: [],
    shape: { kind: 'composite', fields: [{ type: fixedBytes(32) as Type<unknown> }] },
  }))
const auraKey = publicKey('sp_consensus_aura::sr25519::app_sr25519::Public')
const grandpaKey = publicKey('sp_consensus_grandpa::app::Public')
const sessionKeys = struct('tfchain_runtime::opaque::SessionKeys', { aura: auraKey, grandpa: grandpaKey })

const validatorSetEvents = defineEvents('ValidatorSet', {
  ValidatorAdditionInitiated: [accountId],
  ValidatorRemovalInitiated: [accountId],
})
const validatorSetErrors = defineErrors(10, ['TooLowValidatorCount', 'Duplicate', 'ValidatorNotApproved', 'BadOrigin'])
const validatorSetStorage = storageOf('ValidatorSet')
validatorSetStorage.value('Validators', [], vec(accountId), () => [])
validatorSetStorage.value('ApprovedValidators', [], vec(accountId), () => [])

const validatorSet: PalletDefinition = {
  name: 'ValidatorSet',
  index: 10,
  crate: 'substrate_validator_set',
  storage: validatorSetStorage.list,
  calls: [
    call(0, 'addValidator', { validatorId: accountId }, (context, { validatorId }) => {
      restricted(context)
      const before = authorities.get(context.state)
      validatorSetErrors.ensure(!before.includes(validatorId), 'Duplicate')
      authorities.put(context.state, [...before, validatorId])
      context.emit(validatorSetEvents.make.ValidatorAdditionInitiated(validatorId))
    }),
    call(1, 'removeValidator', { validatorId: accountId }, (context, { validatorId }) => {
      restricted(context)
      const left = authorities.get(context.state).filter(other => other !== validatorId)
      validatorSetErrors.ensure(left.length >= 1, 'TooLowValidatorCount')
      authorities.put(context.state, left)
      context.emit(validatorSetEvents.make.ValidatorRemovalInitiated(validatorId))
    }),
    call(2, 'addValidatorAgain', { validatorId: accountId }, (context, { validatorId }) => {
      validatorSetErrors.ensure(signed(context) === validatorId, 'BadOrigin')
      validatorSetErrors.fail('ValidatorNotApproved')
    }),
  ],
  events: validatorSetEvents.list,
  errors: validatorSetErrors.list,
  constants: [],
}

const sessionErrors = defineErrors(11, [
  'InvalidProof',
  'NoAssociatedValidatorId',
  'DuplicatedKey',
  'NoKeys',
  'NoAccount',
])
const session: PalletDefinition = {
  name: 'Session',
  index: 11,
  crate: 'pallet_session',
  storage: sessionStorage.list,
  calls: [
    call(0, 'setKeys', { keys: sessionKeys, proof: bytes }, context => {
      const who = signed(context)
      sessionErrors.ensure(authorities.get(context.state).includes(who), 'NoAssociatedValidatorId')
    }),
    call(1, 'purgeKeys', {}, context => {
      signed(context)
      sessionErrors.fail('NoKeys')
    }),
  ],
  events: defineEvents('Session', { NewSession: { sessionIndex: u32 } }).list,
  errors: sessionErrors.list,
  constants: [],
}

const auraStorage = storageOf('Aura')
auraStorage.value('Authorities', [], vec(auraKey), () => [])
auraStorage.value('CurrentSlot', [], u64, () => 0n)
const aura: PalletDefinition = {
  name: 'Aura',
  index: 12,
  crate: 'pallet_aura',
  storage: auraStorage.list,
  calls: [],
  events: [],
  errors: [],
  constants: [],
}

const grandpaStorage = storageOf('Grandpa')
grandpaStorage.value('CurrentSetId', [], u64, () => 0n)
const grandpa: PalletDefinition = {
  name: 'Grandpa',
  index: 13,
  crate: 'pallet_grandpa',
  storage: grandpaStorage.list,
  calls: [
    call(2, 'noteStalled', { delay: u32, bestFinalizedBlockNumber: u32 }, () => {
      throw DispatchFailure.badOrigin()
    }),
  ],
  events: defineEvents('Grandpa', {
    NewAuthorities: { authoritySet: vec(tuple(grandpaKey, u64)) },
    Paused: [],
    Resumed: [],
  }).list,
  errors: [
    'PauseFailed',
    'ResumeFailed',
    'ChangePending',
    'TooSoon',
    'InvalidKeyOwnershipProof',
    'InvalidEquivocationProof',
    'DuplicateOffenceReport',
  ],
  constants: [],
}

const historical: PalletDefinition = {
  name: 'Historical',
  index: 14,
  crate: 'pallet_session_historical',
  storage: [],
  calls: [],
  events: [],
  errors: [],
  constants: [],
}

const authorshipStorage = storageOf('Authorship')
authorshipStorage.optional('Author', [], accountId)
const authorship: PalletDefinition = {
  name: 'Authorship',
  index: 15,
  crate: 'pallet_authorship',
  storage: authorshipStorage.list,
  calls: [],
  events: [],
  errors: [],
  constants: [],
}

export const consensusPallets: readonly PalletDefinition[] = [
  validatorSet,
  session,
  aura,
  grandpa,
  historical,
  authorship,
]
