import { beforeEach, describe, expect, it } from '@jest/globals'

import { toHex } from '../../../core/hex.js'
import { DEVELOPMENT } from '../blocks/genesis.js'
import { theRuntime } from '../runtime/runtime.js'
import { encode } from '../scale/coding.js'
import { blake256 } from '../state/hash.js'
import { type Bare, bareChain, FARMER, OTHER, USER } from '../testing/bare-chain.js'

const { alice, bob, eve } = DEVELOPMENT
let bare: Bare
beforeEach(async () => {
  bare = await bareChain()
})
const dedicated = () => theRuntime().call('TfgridModule', 'setFarmDedicated', { farmId: 1, dedicated: true })
const hashOf = (call = dedicated()) => toHex(blake256(encode(theRuntime().callType, call)))

describe('the council', () => {
  it('does by three fifths what nobody may do alone', () => {
    const proposal = dedicated()
    const args = { threshold: 2, proposal, lengthBound: 1000 }
    expect(bare.call(USER, 'Council', 'propose', args)).toBe('Council.NotMember')
    expect(bare.call(alice, 'Council', 'propose', args)).toBeUndefined()
    expect(bare.call(alice, 'Council', 'propose', args)).toBe('Council.DuplicateProposal')
    const vote = (account: string, approve = true) =>
      bare.call(account, 'Council', 'vote', { proposal: hashOf(), index: 0, approve })
    expect(vote(alice)).toBeUndefined()
    expect(vote(alice)).toBe('Council.DuplicateVote')
    const close = () =>
      bare.call(eve, 'Council', 'close', {
        proposalHash: hashOf(),
        index: 0,
        proposalWeightBound: { refTime: 10n ** 12n, proofSize: 0n },
        lengthBound: 1000,
      })
    expect(close()).toBe('Council.TooEarly')
    expect(vote(bob)).toBeUndefined()
    expect(close()).toBeUndefined()
    expect(bare.events('Council')).toEqual(['Closed', 'Approved', 'Executed'])
    expect(bare.control.farm(1)?.dedicated).toBe(true)
    expect(close()).toBe('Council.ProposalMissing')
  })
})

describe('the DAO', () => {
  const propose = (threshold: number) =>
    bare.call(alice, 'Dao', 'propose', {
      threshold,
      action: dedicated(),
      description: new Uint8Array(),
      link: new Uint8Array(),
      duration: undefined,
    })
  const vote = (account: string, farmId = 1) =>
    bare.call(account, 'Dao', 'vote', { farmId, proposalHash: hashOf(), approve: true })

  it('lets farmers with nodes vote and executes as root', () => {
    expect(propose(1)).toBeUndefined()
    expect(vote(OTHER)).toBe('Dao.NotAuthorizedToVote')
    const close = () => bare.call(alice, 'Dao', 'close', { proposalHash: hashOf(), proposalIndex: 0 })
    expect(close()).toBe('Dao.OngoingVoteAndTresholdStillNotMet')
    expect(vote(FARMER)).toBeUndefined()
    expect(vote(FARMER)).toBe('Dao.DuplicateVote')
    expect(close()).toBeUndefined()
    expect(bare.control.farm(1)?.dedicated).toBe(true)
  })

  it('is stopped by three vetos', () => {
    propose(1)
    for (const member of [alice, bob, eve]) {
      expect(bare.call(member, 'Dao', 'veto', { proposalHash: hashOf() })).toBeUndefined()
    }
    expect(bare.events('Dao')).toEqual(['CouncilMemberVeto', 'ClosedByCouncil', 'Disapproved'])
  })
})

describe('every call of every pallet', () => {
  const reserved = theRuntime().pallets.flatMap(pallet => pallet.calls.map(call => [pallet.name, call.name] as const))
  it('has an index of its own and a name', () => {
    expect(new Set(reserved.map(String)).size).toBe(reserved.length)
    for (const { calls } of theRuntime().pallets) {
      expect(new Set(calls.map(call => call.index)).size).toBe(calls.length)
    }
  })
})
