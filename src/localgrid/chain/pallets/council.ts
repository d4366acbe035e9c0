/** Council 40 and CouncilMembership 41. Source: polkadot-sdk, substrate/frame/{collective,membership}. */
import { toHex } from '../../../core/hex.js'
import {
  type Context,
  call,
  type DispatchOutcome,
  defineErrors,
  defineEvents,
  type PalletDefinition,
  type RuntimeCall,
  restricted,
  root,
  signed,
} from '../runtime/pallet.js'
import { accountId, h256, multiAddress, weight } from '../runtime/primitives.js'
import { dispatchResult } from '../runtime/result.js'
import { compact, option, struct, vec } from '../scale/composed.js'
import { bool, u32 } from '../scale/primitives.js'
import type { Type, ValueOf } from '../scale/type.js'
import { blake256 } from '../state/hash.js'
import { lookup } from './balances.js'
import {
  councilMembers,
  councilPrime,
  councilStorage,
  membershipPrime,
  membershipStorage,
  setCouncil,
} from './council-items.js'
import { blockNumber } from './system.js'

const MOTION_BLOCKS = 2 * 600
const MAX_PROPOSALS = 100

const votes = struct('pallet_collective::Votes', {
  index: u32,
  threshold: u32,
  ayes: vec(accountId),
  nays: vec(accountId),
  end: u32,
})

const events = defineEvents('Council', {
  Proposed: { account: accountId, proposalIndex: u32, proposalHash: h256, threshold: u32 },
  Voted: { account: accountId, proposalHash: h256, voted: bool, yes: u32, no: u32 },
  Approved: { proposalHash: h256 },
  Disapproved: { proposalHash: h256 },
  Executed: { proposalHash: h256, result: dispatchResult },
  MemberExecuted: { proposalHash: h256, result: dispatchResult },
  Closed: { proposalHash: h256, yes: u32, no: u32 },
})
const emit = events.make

const errors = defineErrors(40, [
  'NotMember',
  'DuplicateProposal',
  'ProposalMissing',
  'WrongIndex',
  'DuplicateVote',
  'AlreadyInitialized',
  'TooEarly',
  'TooManyProposals',
  'WrongProposalWeight',
  'WrongProposalLength',
  'PrimeAccountNotMember',
])

/** What a dispatch came to, as events carry it. */
export function resultOf({ error }: DispatchOutcome): ValueOf<typeof dispatchResult> {
  return error ? { kind: 'Err', value: error } : { kind: 'Ok', value: undefined }
}

function member(context: Context): string {
  const who = signed(context)
  errors.ensure(councilMembers.get(context.state).includes(who), 'NotMember')
  return who
}

export function council(callType: Type<RuntimeCall>): PalletDefinition {
  const proposals = councilStorage.value('Proposals', [], vec(h256), () => [])
  const proposalOf = councilStorage.optional('ProposalOf', [h256], callType, 'Identity')
  const voting = councilStorage.optional('Voting', [h256], votes, 'Identity')
  const proposalCount = councilStorage.value('ProposalCount', [], u32, () => 0)

  const hashOf = (context: Context, proposal: RuntimeCall) => toHex(blake256(context.encodeCall(proposal)))
  const remove = (context: Context, hash: string) => {
    proposalOf.remove(context.state, hash)
    voting.remove(context.state, hash)
    const left = proposals.get(context.state).filter(other => other !== hash)
    proposals.put(context.state, left)
  }
  const execute = (context: Context, proposal: RuntimeCall, ayes: number) =>
    context.dispatch(proposal, { kind: 'council', ayes, seats: councilMembers.get(context.state).length })

  return {
    name: 'Council',
    index: 40,
    crate: 'pallet_collective',
    storage: councilStorage.list,
    calls: [
      call(
        0,
        'setMembers',
        { newMembers: vec(accountId), prime: option(accountId), oldCount: u32 },
        (context, args) => {
          root(context)
          if (args.prime !== undefined) {
            errors.ensure(args.newMembers.includes(args.prime), 'PrimeAccountNotMember')
            councilPrime.put(context.state, args.prime)
          } else councilPrime.remove(context.state)
          setCouncil(context.state, args.newMembers)
        },
      ),
      call(1, 'execute', { proposal: callType, lengthBound: compact(u32) }, (context, args) => {
        const who = member(context)
        errors.ensure(context.encodeCall(args.proposal).length <= args.lengthBound, 'WrongProposalLength')
        const result = resultOf(context.dispatch(args.proposal, { kind: 'signed', account: who }))
        context.emit(emit.MemberExecuted({ proposalHash: hashOf(context, args.proposal), result }))
      }),
      call(
        2,
        'propose',
        { threshold: compact(u32), proposal: callType, lengthBound: compact(u32) },
        (context, { threshold, proposal, lengthBound }) => {
          const account = member(context)
          const { state } = context
          errors.ensure(context.encodeCall(proposal).length <= lengthBound, 'WrongProposalLength')
          const proposalHash = hashOf(context, proposal)
          errors.ensure(!proposalOf.has(state, proposalHash), 'DuplicateProposal')
          if (threshold < 2) {
            const result = resultOf(execute(context, proposal, 1))
            return context.emit(emit.Executed({ proposalHash, result }))
          }
          const active = proposals.get(state)
          errors.ensure(active.length < MAX_PROPOSALS, 'TooManyProposals')
          const index = proposalCount.get(state)
          proposals.put(state, [...active, proposalHash])
          proposalCount.put(state, index + 1)
          proposalOf.put(state, proposal, proposalHash)
          const end = blockNumber.get(state) + MOTION_BLOCKS
          voting.put(state, { index, threshold, ayes: [], nays: [], end }, proposalHash)
          context.emit(emit.Proposed({ account, proposalIndex: index, proposalHash, threshold }))
        },
      ),
      call(3, 'vote', { proposal: h256, index: compact(u32), approve: bool }, (context, args) => {
        const account = member(context)
        const { proposal: proposalHash, approve } = args
        const before = errors.need(voting.get(context.state, proposalHash), 'ProposalMissing')
        errors.ensure(before.index === args.index, 'WrongIndex')
        const same = approve ? before.ayes : before.nays
        errors.ensure(!same.includes(account), 'DuplicateVote')
        const others = (list: readonly string[]) => list.filter(voter => voter !== account)
        const ayes = approve ? [...before.ayes, account] : others(before.ayes)
        const nays = approve ? others(before.nays) : [...before.nays, account]
        voting.put(context.state, { ...before, ayes, nays }, proposalHash)
        context.emit(emit.Voted({ account, proposalHash, voted: approve, yes: ayes.length, no: nays.length }))
      }),
      call(5, 'disapproveProposal', { proposalHash: h256 }, (context, { proposalHash }) => {
        root(context)
        context.emit(emit.Disapproved({ proposalHash }))
        remove(context, proposalHash)
      }),
      call(
        6,
        'close',
        { proposalHash: h256, index: compact(u32), proposalWeightBound: weight, lengthBound: compact(u32) },
        (context, { proposalHash, index, lengthBound }) => {
          signed(context)
          const { state } = context
          const ballot = errors.need(voting.get(state, proposalHash), 'ProposalMissing')
          errors.ensure(ballot.index === index, 'WrongIndex')
          const seats = councilMembers.get(state).length
          const { threshold } = ballot
          let [yes, no] = [ballot.ayes.length, ballot.nays.length]
          const decided = yes >= threshold || seats - no < threshold
          if (!decided) {
            errors.ensure(blockNumber.get(state) >= ballot.end, 'TooEarly')
            // Who did not vote counts with the prime member, or against.
            const prime = councilPrime.get(state)
            const abstained = seats - yes - no
            if (prime !== undefined && ballot.ayes.includes(prime)) yes += abstained
            else no += abstained
          }
          const proposal = errors.need(proposalOf.get(state, proposalHash), 'ProposalMissing')
          errors.ensure(context.encodeCall(proposal).length <= lengthBound, 'WrongProposalLength')
          context.emit(emit.Closed({ proposalHash, yes, no }))
          if (yes >= threshold) {
            context.emit(emit.Approved({ proposalHash }))
            const result = resultOf(execute(context, proposal, yes))
            context.emit(emit.Executed({ proposalHash, result }))
          } else context.emit(emit.Disapproved({ proposalHash }))
          remove(context, proposalHash)
          context.free()
        },
      ),
    ],
    events: events.list,
    errors: errors.list,
    constants: [],
  }
}

const membershipEvents = defineEvents('CouncilMembership', {
  MemberAdded: [],
  MemberRemoved: [],
  MembersSwapped: [],
  MembersReset: [],
  KeyChanged: [],
  Dummy: [],
})
const membershipErrors = defineErrors(41, ['AlreadyMember', 'NotMember', 'TooManyMembers'])

function swap(context: Context, remove: string | undefined, add: string | undefined): void {
  const members = councilMembers.get(context.state)
  if (remove !== undefined) membershipErrors.ensure(members.includes(remove), 'NotMember')
  if (add !== undefined) membershipErrors.ensure(!members.includes(add), 'AlreadyMember')
  const left = members.filter(other => other !== remove)
  setCouncil(context.state, add === undefined ? left : [...left, add])
}

export const councilMembership: PalletDefinition = {
  name: 'CouncilMembership',
  index: 41,
  crate: 'pallet_membership',
  storage: membershipStorage.list,
  calls: [
    call(0, 'addMember', { who: multiAddress }, (context, { who }) => {
      restricted(context)
      swap(context, undefined, lookup(who))
      context.emit(membershipEvents.make.MemberAdded())
    }),
    call(1, 'removeMember', { who: multiAddress }, (context, { who }) => {
      restricted(context)
      swap(context, lookup(who), undefined)
      context.emit(membershipEvents.make.MemberRemoved())
    }),
    call(2, 'swapMember', { remove: multiAddress, add: multiAddress }, (context, { remove, add }) => {
      restricted(context)
      swap(context, lookup(remove), lookup(add))
      context.emit(membershipEvents.make.MembersSwapped())
    }),
    call(3, 'resetMembers', { members: vec(accountId) }, (context, { members }) => {
      restricted(context)
      setCouncil(context.state, members)
      context.emit(membershipEvents.make.MembersReset())
    }),
    call(4, 'changeKey', { new: multiAddress }, (context, args) => {
      swap(context, signed(context), lookup(args.new))
      context.emit(membershipEvents.make.KeyChanged())
    }),
    call(5, 'setPrime', { who: multiAddress }, (context, { who }) => {
      restricted(context)
      const account = lookup(who)
      membershipErrors.ensure(councilMembers.get(context.state).includes(account), 'NotMember')
      membershipPrime.put(context.state, account)
      councilPrime.put(context.state, account)
    }),
    call(6, 'clearPrime', {}, context => {
      restricted(context)
      membershipPrime.remove(context.state)
      councilPrime.remove(context.state)
    }),
  ],
  events: membershipEvents.list,
  errors: membershipErrors.list,
  constants: [],
}
