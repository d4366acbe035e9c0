import { describe, expect, it } from '@jest/globals'

import { fakeGrid, only } from '../../test/support/plan/fake-grid.js'
import type { ChainPort } from '../chain/port.js'
import { type JournalIntent, openIntents } from './journal.js'
import { settleIntents } from './settle.js'

const NONCE = 5
const VALID_UNTIL = 64
const intent: JournalIntent = {
  kind: 'intent',
  id: '0xe',
  extrinsicHash: '0xe',
  nonce: NONCE,
  validUntilBlock: VALID_UNTIL,
  creates: [
    { nodeId: 11, hash: 'a'.repeat(32), contractType: 'network', name: 'net' },
    { nodeId: 11, hash: 'b'.repeat(32), contractType: 'vm', name: 'web' },
  ],
}

/** What the chain knows when it is asked; the last state stays. */
interface ChainState {
  readonly found: boolean
  readonly next: number
  readonly included: number
  readonly height: number
}

function gridOf(states: readonly ChainState[], more: Partial<JournalIntent> = {}) {
  const grid = fakeGrid()
  let asked = -1
  const now = () => states[Math.min(Math.max(asked, 0), states.length - 1)]!
  const chain = only<ChainPort>('chain', {
    nonces: async () => {
      asked++
      return { next: now().next, included: now().included }
    },
    height: async () => now().height,
    contractIdByHash: async (_, hash) => (now().found ? (hash.startsWith('a') ? 1n : 2n) : undefined),
  })
  const settle = async () => {
    await grid.journal.append({ ...intent, ...more })
    await settleIntents({ ...grid.ports, chain })
    return (await grid.journal.read()).at(-1)
  }
  return { grid, settle, asked: () => asked + 1 }
}

const created = {
  kind: 'created',
  id: '0xe',
  contracts: [
    { contractId: '1', nodeId: 11 },
    { contractId: '2', nodeId: 11 },
  ],
}
const settled = { kind: 'settled', id: '0xe' }
const found = { next: NONCE + 1, included: NONCE + 1 }
const pending = { found: false, next: NONCE + 1, included: NONCE, height: 10 }

describe('an intent without an outcome', () => {
  const cases: readonly (readonly [string, readonly ChainState[], unknown, number])[] = [
    ['whose contracts are there is done', [{ found: true, ...found, height: 10 }], created, 1],
    ['whose contracts are there is done, whatever the nonce says', [{ ...pending, found: true }], created, 1],
    ['in a block, but refused by it, is settled', [{ found: false, ...found, height: 10 }], settled, 1],
    ['that another extrinsic took the nonce of is settled', [{ ...pending, next: 9, included: 9 }], settled, 1],
    ['that was never sent is settled', [{ ...pending, next: NONCE, included: NONCE }], settled, 1],
    ['that has expired is settled', [{ ...pending, height: VALID_UNTIL + 1 }], settled, 1],
    [
      'that waits in the pool is waited for until it is in a block',
      [pending, pending, { found: true, ...found, height: 11 }],
      created,
      3,
    ],
    [
      'that waits in the pool is waited for until it expires',
      [pending, { ...pending, height: VALID_UNTIL }, { ...pending, height: VALID_UNTIL + 1 }],
      settled,
      3,
    ],
    ['that falls out of the pool is settled', [pending, { ...pending, next: NONCE }], settled, 2],
  ]
  it.each(cases)('%s', async (_, states, outcome, asks) => {
    const { grid, settle, asked } = gridOf(states)
    expect(await settle()).toEqual(outcome)
    expect(asked()).toBe(asks)
    expect(openIntents(await grid.journal.read())).toEqual([])
    expect(grid.messages.map(({ code }) => code)).toEqual(['APPLY_RESUMED'])
  })

  it('that made no contracts is settled by its nonce', async () => {
    expect(await gridOf([{ found: false, ...found, height: 10 }], { creates: [] }).settle()).toEqual(settled)
    const waited = gridOf([pending, { ...pending, ...found }], { creates: [] })
    expect(await waited.settle()).toEqual(settled)
    expect(waited.asked()).toBe(2)
  })

  it('that never comes to an end ends the wait, and stays open for the next run', async () => {
    const { grid, settle } = gridOf([pending])
    await expect(settle()).rejects.toMatchObject({ code: 'DEADLINE', message: expect.stringContaining('0xe') })
    expect(openIntents(await grid.journal.read())).toHaveLength(1)
  })

  it('is not asked for when there is none', async () => {
    const grid = fakeGrid()
    await settleIntents(grid.ports)
    expect(grid.messages).toEqual([])
  })

  it('ends when the caller ends it', async () => {
    const { grid } = gridOf([pending])
    const chain = only<ChainPort>('chain', {
      nonces: async () => pending,
      height: async () => 1,
      contractIdByHash: async () => undefined,
    })
    await grid.journal.append(intent)
    const stopped = settleIntents({ ...grid.ports, chain }, AbortSignal.abort())
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
