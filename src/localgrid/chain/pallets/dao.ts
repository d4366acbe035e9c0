/** Dao 43: farmers vote with the weight of their nodes. Source: threefoldtech/tfchain, pallets/pallet-dao. */
import { toHex } from '../../../core/hex.js'
import {
  type Context,
  call,
  defineErrors,
  defineEvents,
  type PalletDefinition,
  type RuntimeCall,
  signed,
} from '../runtime/pallet.js'
import { accountId, h256 } from '../runtime/primitives.js'
import { dispatchResult } from '../runtime/result.js'
import { compact, option, struct, vec } from '../scale/composed.js'
import { bool, bytes, u32, u64 } from '../scale/primitives.js'
import type { Type } from '../scale/type.js'
import { blake256 } from '../state/hash.js'
import { resultOf } from './council.js'
import { councilMembers } from './council-items.js'
import { daoWeightStorage, farmWeight } from './dao-weight.js'
import { blockNumber } from './system.js'
import { isFarmOwner } from './tfgrid/farms.js'

const DAY_BLOCKS = 14_400
const MOTION_BLOCKS = 7 * DAY_BLOCKS
const LONGEST_MOTION_BLOCKS = 30 * DAY_BLOCKS
const MIN_VETOS = 3

const proposalLayout = struct('pallet_dao::proposal::DaoProposal', { index: u32, description: bytes, link: bytes })
const voteWeight = struct('pallet_dao::proposal::VoteWeight', { farmId: u32, weight: u64 })
const daoVotes = struct('pallet_dao::proposal::DaoVotes', {
  index: u32,
  threshold: u32,
  ayes: vec(voteWeight),
  nays: vec(voteWeight),
  end: u32,
  vetos: vec(accountId),
})

const events = defineEvents('Dao', {
  Voted: { account: accountId, proposalHash: h256, voted: bool, yes: u32, no: u32 },
  Proposed: { account: accountId, proposalIndex: u32, proposalHash: h256, threshold: u32 },
  Approved: { proposalHash: h256 },
  Disapproved: { proposalHash: h256 },
  Executed: { proposalHash: h256, result: dispatchResult },
  Closed: { proposalHash: h256, yes: u32, yesWeight: u64, no: u32, noWeight: u64 },
  ClosedByCouncil: { proposalHash: h256, vetos: vec(accountId) },
  CouncilMemberVeto: { proposalHash: h256, who: accountId },
})
const emit = events.make

const errors = defineErrors(43, [
  'NoneValue',
  'StorageOverflow',
  'FarmNotExists',
  'NotCouncilMember',
  'WrongProposalLength',
  'DuplicateProposal',
  'NotAuthorizedToVote',
  'ProposalMissing',
  'WrongIndex',
  'DuplicateVote',
  'DuplicateVeto',
  'WrongProposalWeight',
  'TooEarly',
  'TimeLimitReached',
  'OngoingVoteAndTresholdStillNotMet',
  'FarmHasNoNodes',
  'InvalidProposalDuration',
])

function councilMember(context: Context): string {
  const who = signed(context)
  errors.ensure(councilMembers.get(context.state).includes(who), 'NotCouncilMember')
  return who
}

const totalWeight = (list: readonly { weight: bigint }[]) => list.reduce((sum, { weight }) => sum + weight, 0n)

export function dao(callType: Type<RuntimeCall>): PalletDefinition {
  const storage = daoWeightStorage
  const proposalList = storage.value('ProposalList', [], vec(h256), () => [])
  const proposals = storage.optional('Proposals', [h256], proposalLayout, 'Identity')
  const proposalOf = storage.optional('ProposalOf', [h256], callType, 'Identity')
  const voting = storage.optional('Voting', [h256], daoVotes, 'Identity')
  const proposalCount = storage.value('ProposalCount', [], u32, () => 0)

  const ballotOf = (context: Context, hash: string) => {
    const stored = errors.need(proposals.get(context.state, hash), 'ProposalMissing')
    const ballot = errors.need(voting.get(context.state, hash), 'ProposalMissing')
    errors.ensure(ballot.index === stored.index, 'WrongIndex')
    return ballot
  }
  const remove = (context: Context, hash: string) => {
    const { state } = context
    proposalOf.remove(state, hash)
    voting.remove(state, hash)
    proposals.remove(state, hash)
    const left = proposalList.get(state).filter(other => other !== hash)
    proposalList.put(state, left)
  }
  const disapprove = (context: Context, proposalHash: string) => {
    context.emit(emit.Disapproved({ proposalHash }))
    remove(context, proposalHash)
  }

  return {
    name: 'Dao',
    index: 43,
    crate: 'pallet_dao',
    storage: storage.list,
    calls: [
      call(
        0,
        'propose',
        { threshold: compact(u32), action: callType, description: bytes, link: bytes, duration: option(u32) },
        (context, { threshold, action, description, link, duration }) => {
          const account = councilMember(context)
          const { state } = context
          const proposalHash = toHex(blake256(context.encodeCall(action)))
          errors.ensure(!proposalOf.has(state, proposalHash), 'DuplicateProposal')
          const allowed = duration === undefined || duration < LONGEST_MOTION_BLOCKS
          errors.ensure(allowed, 'InvalidProposalDuration')
          const end = blockNumber.get(state) + (duration ?? MOTION_BLOCKS)
          const index = proposalCount.get(state)
          proposalCount.put(state, index + 1)
          proposalOf.put(state, action, proposalHash)
          proposals.put(state, { index, description, link }, proposalHash)
          voting.put(state, { index, threshold, ayes: [], nays: [], end, vetos: [] }, proposalHash)
          proposalList.put(state, [...proposalList.get(state), proposalHash])
          context.emit(emit.Proposed({ account, proposalIndex: index, proposalHash, threshold }))
        },
      ),
      call(1, 'vote', { farmId: u32, proposalHash: h256, approve: bool }, (context, args) => {
        const account = signed(context)
        const { state } = context
        const { farmId, proposalHash, approve } = args
        errors.ensure(isFarmOwner(state, farmId, account), 'NotAuthorizedToVote')
        const ballot = ballotOf(context, proposalHash)
        errors.ensure(blockNumber.get(state) <= ballot.end, 'TimeLimitReached')

        const voted = (list: typeof ballot.ayes) => list.some(vote => vote.farmId === farmId)
        const without = (list: typeof ballot.ayes) => list.filter(vote => vote.farmId !== farmId)
        const first = !voted(ballot.ayes) && !voted(ballot.nays)
        errors.ensure(!voted(approve ? ballot.ayes : ballot.nays), 'DuplicateVote')
        const weight = farmWeight.get(state, farmId)
        errors.ensure(weight > 0n, 'FarmHasNoNodes')
        const vote = { farmId, weight }
        const ayes = approve ? [...ballot.ayes, vote] : without(ballot.ayes)
        const nays = approve ? without(ballot.nays) : [...ballot.nays, vote]
        context.emit(emit.Voted({ account, proposalHash, voted: approve, yes: ayes.length, no: nays.length }))
        voting.put(state, { ...ballot, ayes, nays }, proposalHash)
        if (first) context.free()
      }),
      call(2, 'veto', { proposalHash: h256 }, (context, { proposalHash }) => {
        const who = councilMember(context)
        const ballot = ballotOf(context, proposalHash)
        errors.ensure(!ballot.vetos.includes(who), 'DuplicateVeto')
        const vetos = [...ballot.vetos, who]
        context.emit(emit.CouncilMemberVeto({ proposalHash, who }))
        context.free()
        if (vetos.length < MIN_VETOS) return voting.put(context.state, { ...ballot, vetos }, proposalHash)
        context.emit(emit.ClosedByCouncil({ proposalHash, vetos }))
        disapprove(context, proposalHash)
      }),
      call(
        3,
        'close',
        { proposalHash: h256, proposalIndex: compact(u32) },
        (context, { proposalHash, proposalIndex }) => {
          councilMember(context)
          const { state } = context
          const ballot = errors.need(voting.get(state, proposalHash), 'ProposalMissing')
          errors.ensure(ballot.index === proposalIndex, 'WrongIndex')
          const [yes, no] = [ballot.ayes.length, ballot.nays.length]
          const met = yes + no >= ballot.threshold
          errors.ensure(met || blockNumber.get(state) >= ballot.end, 'OngoingVoteAndTresholdStillNotMet')
          const [yesWeight, noWeight] = [totalWeight(ballot.ayes), totalWeight(ballot.nays)]
          context.free()
          const proposal = errors.need(proposalOf.get(state, proposalHash), 'ProposalMissing')
          context.emit(emit.Closed({ proposalHash, yes, yesWeight, no, noWeight }))
          if (!met || yesWeight <= noWeight) return disapprove(context, proposalHash)
          context.emit(emit.Approved({ proposalHash }))
          const result = resultOf(context.dispatch(proposal, { kind: 'root' }))
          context.emit(emit.Executed({ proposalHash, result }))
          remove(context, proposalHash)
        },
      ),
    ],
    events: events.list,
    errors: errors.list,
    constants: [],
  }
}
