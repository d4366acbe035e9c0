/** Small pallets around the grid: Scheduler 4, BurningModule 29, RuntimeUpgrade 31, Validator 50. */
import {
  call,
  defineErrors,
  defineEvents,
  type PalletDefinition,
  type RuntimeCall,
  restricted,
  root,
  signed,
} from '../runtime/pallet.js'
import { accountId, multiAddress } from '../runtime/primitives.js'
import { names, option, struct, tuple, vec } from '../scale/composed.js'
import { bytes, fixedBytes, u8, u32, u128 } from '../scale/primitives.js'
import type { Type } from '../scale/type.js'
import { storageOf } from '../state/item.js'
import { freeBalance, withdraw } from './accounts.js'
import { lookup } from './balances.js'
import { councilMembers, setCouncil } from './council-items.js'
import { blockNumber } from './system.js'

/** Only root may schedule, and no root signs extrinsics; nothing is ever on the agenda. */
function scheduler(callType: Type<RuntimeCall>): PalletDefinition {
  const errors = defineErrors(4, [
    'FailedToSchedule',
    'NotFound',
    'TargetBlockNumberInPast',
    'RescheduleNoChange',
    'Named',
  ])
  const plan = { maybePeriodic: option(tuple(u32, u32)), priority: u8, call: callType }
  const id = fixedBytes(32)
  const refuse = (name: (typeof errors.list)[number]) => (context: Parameters<typeof root>[0]) => {
    root(context)
    errors.fail(name)
  }
  return {
    name: 'Scheduler',
    index: 4,
    crate: 'pallet_scheduler',
    storage: [],
    calls: [
      call(0, 'schedule', { when: u32, ...plan }, refuse('FailedToSchedule')),
      call(1, 'cancel', { when: u32, index: u32 }, refuse('NotFound')),
      call(2, 'scheduleNamed', { id, when: u32, ...plan }, refuse('FailedToSchedule')),
      call(3, 'cancelNamed', { id }, refuse('NotFound')),
      call(4, 'scheduleAfter', { after: u32, ...plan }, refuse('FailedToSchedule')),
      call(5, 'scheduleNamedAfter', { id, after: u32, ...plan }, refuse('FailedToSchedule')),
    ],
    events: [],
    errors: errors.list,
    constants: [],
  }
}

const burn = struct('pallet_burning::types::Burn', { target: accountId, amount: u128, block: u32, message: bytes })
const burningStorage = storageOf('BurningModule')
const burns = burningStorage.optional('Burns', [], vec(burn))
const burningEvents = defineEvents('BurningModule', { BurnTransactionCreated: [accountId, u128, u32, bytes] })
const burningErrors = defineErrors(29, ['NotEnoughBalanceToBurn'])

const burning: PalletDefinition = {
  name: 'BurningModule',
  index: 29,
  crate: 'pallet_burning',
  storage: burningStorage.list,
  calls: [
    call(0, 'burnTft', { amount: u128, message: bytes }, (context, { amount, message }) => {
      const target = signed(context)
      burningErrors.ensure(freeBalance(context.state, target) >= amount, 'NotEnoughBalanceToBurn')
      withdraw(context, target, amount, false)
      const block = blockNumber.get(context.state)
      burns.put(context.state, [...(burns.get(context.state) ?? []), { target, amount, block, message }])
      context.emit(burningEvents.make.BurnTransactionCreated(target, amount, block, message))
    }),
  ],
  events: burningEvents.list,
  errors: burningErrors.list,
  constants: [],
}

const upgradeErrors = defineErrors(31, ['UpgradeNotPossible'])
/** The runtime of this chain is this program: approved code is refused like code that cannot be read. */
const runtimeUpgrade: PalletDefinition = {
  name: 'RuntimeUpgrade',
  index: 31,
  crate: 'pallet_runtime_upgrade',
  storage: [],
  calls: [
    call(0, 'setCode', { code: bytes }, context => {
      restricted(context)
      upgradeErrors.fail('UpgradeNotPossible')
    }),
  ],
  events: [],
  errors: upgradeErrors.list,
  constants: [],
}

const requestState = names('pallet_validator::types::ValidatorRequestState', ['Created', 'Approved', 'Validating'])
const request = struct('pallet_validator::types::Validator', {
  validatorNodeAccount: accountId,
  stashAccount: accountId,
  description: bytes,
  tfConnectId: bytes,
  info: bytes,
  state: requestState,
})
const validatorStorage = storageOf('Validator')
const requests = validatorStorage.optional('Validator', [accountId], request, 'Twox64Concat')
const bonded = validatorStorage.optional('Bonded', [accountId], accountId, 'Twox64Concat')
const validatorEvents = defineEvents('Validator', {
  Bonded: [accountId],
  ValidatorRequestCreated: [accountId, request],
  ValidatorRequestApproved: [request],
  ValidatorActivated: [request],
  ValidatorRemoved: [request],
  NodeValidatorChanged: [accountId],
  NodeValidatorRemoved: [accountId],
})
const validatorErrors = defineErrors(50, [
  'BadOrigin',
  'NotCouncilMember',
  'AlreadyBonded',
  'StashNotBonded',
  'StashBondedWithWrongValidator',
  'CannotBondWithSameAccount',
  'DuplicateValidator',
  'ValidatorNotFound',
  'ValidatorNotApproved',
  'UnauthorizedToActivateValidator',
  'ValidatorValidatingAlready',
  'ValidatorNotValidating',
])

const validatorRequest = {
  validatorNodeAccount: accountId,
  stashAccount: accountId,
  description: bytes,
  tfConnectId: bytes,
  info: bytes,
}

const validator: PalletDefinition = {
  name: 'Validator',
  index: 50,
  crate: 'pallet_validator',
  storage: validatorStorage.list,
  calls: [
    call(0, 'createValidatorRequest', validatorRequest, (context, args) => {
      const who = signed(context)
      validatorErrors.ensure(!requests.has(context.state, who), 'DuplicateValidator')
      const created = { ...args, state: 'Created' as const }
      requests.put(context.state, created, who)
      context.emit(validatorEvents.make.ValidatorRequestCreated(who, created))
    }),
    call(1, 'activateValidatorNode', {}, context => {
      const who = signed(context)
      const before = validatorErrors.need(requests.get(context.state, who), 'ValidatorNotFound')
      validatorErrors.ensure(before.state !== 'Validating', 'ValidatorValidatingAlready')
      validatorErrors.ensure(before.state === 'Approved', 'ValidatorNotApproved')
      const active = { ...before, state: 'Validating' as const }
      requests.put(context.state, active, who)
      context.emit(validatorEvents.make.ValidatorActivated(active))
    }),
    call(2, 'changeValidatorNodeAccount', { newNodeValidatorAccount: accountId }, (context, args) => {
      const who = signed(context)
      const before = validatorErrors.need(requests.get(context.state, who), 'ValidatorNotFound')
      if (before.state === 'Validating') {
        context.emit(validatorEvents.make.NodeValidatorRemoved(before.validatorNodeAccount))
        context.emit(validatorEvents.make.NodeValidatorChanged(args.newNodeValidatorAccount))
      }
      requests.put(context.state, { ...before, validatorNodeAccount: args.newNodeValidatorAccount }, who)
    }),
    call(3, 'bond', { validator: multiAddress }, (context, args) => {
      const who = signed(context)
      validatorErrors.ensure(!bonded.has(context.state, who), 'AlreadyBonded')
      bonded.put(context.state, lookup(args.validator), who)
      context.emit(validatorEvents.make.Bonded(who))
    }),
    call(4, 'approveValidator', { validatorAccount: multiAddress }, (context, args) => {
      const who = signed(context)
      validatorErrors.ensure(councilMembers.get(context.state).includes(who), 'NotCouncilMember')
      const account = lookup(args.validatorAccount)
      const before = validatorErrors.need(requests.get(context.state, account), 'ValidatorNotFound')
      const approved = { ...before, state: 'Approved' as const }
      requests.put(context.state, approved, account)
      const members = councilMembers.get(context.state)
      setCouncil(context.state, [...members, account])
      context.emit(validatorEvents.make.ValidatorRequestApproved(approved))
    }),
    call(5, 'removeValidator', { validatorAccount: multiAddress }, (context, args) => {
      const who = signed(context)
      const account = lookup(args.validatorAccount)
      const members = councilMembers.get(context.state)
      validatorErrors.ensure(account === who || members.includes(who), 'BadOrigin')
      validatorErrors.need(requests.get(context.state, account), 'ValidatorNotFound')
      setCouncil(
        context.state,
        members.filter(member => member !== account),
      )
      requests.remove(context.state, account)
    }),
  ],
  events: validatorEvents.list,
  errors: validatorErrors.list,
  constants: [],
}

export function governedPallets(callType: Type<RuntimeCall>): readonly PalletDefinition[] {
  return [scheduler(callType), burning, runtimeUpgrade, validator]
}
