import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { Deadline } from '../../../core/deadline.js'
import type { Block } from '../blocks.js'
import { type ChainSight, type Fate, follow, type Place } from './follow.js'
import type { SignedExtrinsic } from './sign.js'

const OURS = '0xours'
const NONCE = 5
const VALID_BLOCKS = 12
const START = 3

/** What happens in the world while nobody looks. */
type Happening =
  | { kind: 'block'; with: 'nothing' | 'ours' | 'theirs' }
  | { kind: 'finalize'; lag: number }
  | { kind: 'reorg'; depth: number; with: 'nothing' | 'ours' | 'theirs' }
  | { kind: 'drop'; forgets: boolean }
  | { kind: 'hint'; stale: boolean }
  | { kind: 'silence' }

/** A chain with forks, a pool and a connection that drops: everything follow.ts may meet, without a socket. */
class World implements ChainSight {
  readonly blocks = new Map<string, Block & { nonceAfter: number }>()
  best = 0
  finalized = 0
  resends = 0
  #head = ''
  #finalHash = ''
  #pooled = true
  #lost = false
  #hints: string[] = []
  #named = 0
  readonly script: Happening[]
  /** What the sight tells lags behind when the subscriptions are silent. */
  #truth = { best: 0, finalized: 0 }

  constructor(script: readonly Happening[]) {
    this.script = [...script]
    for (let i = 0; i <= START; i++) this.#mint('nothing')
    this.#finalize(0)
    this.#tell()
  }

  get extrinsic(): SignedExtrinsic {
    return { bytes: '0x00', hash: OURS, nonce: NONCE, afterBlock: START, validUntilBlock: START + VALID_BLOCKS }
  }

  async hashAt(number: number): Promise<string | undefined> {
    return this.branch().find(block => block.number === number)?.hash
  }
  async block(hash: string): Promise<Block | undefined> {
    return this.blocks.get(hash)
  }
  async finalNonce(): Promise<number> {
    return this.blocks.get(this.#finalHash)?.nonceAfter ?? 0
  }
  async refresh(): Promise<void> {
    this.#tell()
  }
  async resend(): Promise<void> {
    this.resends++
    this.#pooled = true
  }
  takeHints(): readonly string[] {
    return this.#hints.splice(0)
  }
  takeLoss(): boolean {
    const lost = this.#lost
    this.#lost = false
    return lost
  }
  async news(_atMostMs = 0): Promise<boolean> {
    const happening = this.script.shift()
    if (!happening) {
      // The script is over: the world goes on in an orderly way.
      this.#mint('ours')
      this.#finalize(1)
      this.#tell()
      return true
    }
    switch (happening.kind) {
      case 'silence':
        return false
      case 'block':
        this.#mint(happening.with)
        break
      case 'reorg':
        this.#reorg(happening.depth, happening.with)
        break
      case 'finalize':
        this.#finalize(happening.lag)
        break
      case 'drop':
        this.#lost = true
        if (happening.forgets) this.#pooled = false
        return true
      case 'hint': {
        const holders = [...this.blocks.values()].filter(block => block.extrinsicHashes.includes(OURS))
        const said = happening.stale ? holders[0] : holders.at(-1)
        if (said) this.#hints.push(said.hash)
        return true
      }
    }
    this.#tell()
    return true
  }

  branch(from = this.#head): Block[] {
    const chain: Block[] = []
    for (let block = this.blocks.get(from); block; block = this.blocks.get(block.parentHash)) chain.unshift(block)
    return chain
  }
  finalBranch(): Block[] {
    return this.branch(this.#finalHash)
  }

  #tell(): void {
    this.best = this.#truth.best
    this.finalized = this.#truth.finalized
  }

  #mint(holding: 'nothing' | 'ours' | 'theirs', parentHash = this.#head): void {
    const parent = this.blocks.get(parentHash)
    const number = parent ? parent.number + 1 : 0
    const nonce = parent?.nonceAfter ?? NONCE
    const open = nonce === NONCE && number > START && number <= START + VALID_BLOCKS
    const ours = holding === 'ours' && this.#pooled && open
    const theirs = holding === 'theirs' && nonce === NONCE && number > START
    const hash = `0x${number}.${this.#named++}`
    this.blocks.set(hash, {
      number,
      hash,
      parentHash,
      extrinsicHashes: ['0xtime', ...(ours ? [OURS] : []), ...(theirs ? ['0xtheirs'] : [])],
      nonceAfter: nonce + (ours || theirs ? 1 : 0),
    })
    if (number >= this.#truth.best) {
      this.#head = hash
      this.#truth.best = number
    }
  }

  #reorg(depth: number, holding: 'nothing' | 'ours' | 'theirs'): void {
    const chain = this.branch()
    const from = Math.max(this.#truth.finalized, this.#truth.best - depth)
    // A longer branch wins; what it leaves behind returns to the pool.
    let parent = chain.find(block => block.number === from)?.hash ?? this.#head
    const length = this.#truth.best - from + 1
    for (let i = 0; i < length; i++) {
      this.#mint(i === 0 ? holding : 'nothing', parent)
      parent = [...this.blocks.keys()].at(-1) as string
    }
  }

  #finalize(lag: number): void {
    const number = Math.max(this.#truth.finalized, this.#truth.best - lag)
    this.#finalHash = this.branch().find(block => block.number === number)?.hash ?? this.#finalHash
    this.#truth.finalized = number
  }
}

async function followed(script: readonly Happening[], until: 'inBlock' | 'finalized' = 'finalized') {
  const world = new World(script)
  const included: Place[] = []
  const onIncluded = (place: Place) => included.push(place)
  const fate = await follow(world, world.extrinsic, { until, onIncluded }, new Deadline('the test', 5_000))
  return { world, fate, included }
}

const block = (holding: 'nothing' | 'ours' | 'theirs' = 'nothing') => ({ kind: 'block' as const, with: holding })
const finalize = (lag = 0) => ({ kind: 'finalize' as const, lag })
const silence = { kind: 'silence' as const }

describe('an extrinsic', () => {
  it('is followed into its block and to its finality', async () => {
    const { fate, included, world } = await followed([block('ours'), finalize()])
    expect(fate).toEqual({ kind: 'included', place: { number: 4, hash: '0x4.4', index: 1 } })
    expect(included).toHaveLength(1)
    expect(world.resends).toBe(0)
  })

  it('is told of as soon as it is in a block, when that is enough', async () => {
    const { fate, world } = await followed([block(), block('ours')], 'inBlock')
    expect(fate).toMatchObject({ kind: 'included', place: { number: 5 } })
    expect(world.finalized).toBe(START)
  })

  it('is found though nobody tells anything', async () => {
    const script: Happening[] = [silence, silence, block('ours'), silence, finalize(), silence]
    expect((await followed(script)).fate).toMatchObject({ kind: 'included', place: { number: 4 } })
  })

  it('is found again when its block is replaced', async () => {
    const { fate, included } = await followed([
      block('ours'),
      { kind: 'hint', stale: false },
      { kind: 'reorg', depth: 1, with: 'nothing' },
      block('ours'),
      finalize(),
    ])
    expect(fate).toMatchObject({ kind: 'included', place: { number: 6 } })
    expect(included.map(place => place.number)).toEqual([4, 6])
    expect(new Set(included.map(place => place.hash)).size).toBe(2)
  })

  it('is sent again when it may have got lost', async () => {
    const { fate, world } = await followed([{ kind: 'drop', forgets: true }, block('ours'), block('ours'), finalize()])
    expect(fate).toMatchObject({ kind: 'included', place: { number: 4 } })
    expect(world.resends).toBe(1)
  })

  it('is sent again when the pool forgot it without a word', async () => {
    const world = new World([block(), block(), block(), block(), block(), block()])
    // Nothing tells of the loss.
    await world.news()
    const fate = await follow(world, world.extrinsic, { until: 'finalized' }, new Deadline('the test', 5_000))
    expect(world.resends).toBeGreaterThan(0)
    expect(fate.kind).toBe('included')
  })

  it('is given up when its era is over', async () => {
    const { fate, world } = await followed([
      { kind: 'drop', forgets: true },
      ...Array.from({ length: VALID_BLOCKS + 1 }, () => block()),
      finalize(),
    ])
    expect(fate).toEqual({ kind: 'expired' })
    expect(world.resends).toBeGreaterThan(0)
  })

  it('is given up when a final block has another with its nonce', async () => {
    const { fate } = await followed([block('theirs'), finalize()])
    expect(fate).toEqual({ kind: 'overtaken' })
  })

  it('is not given up for another in a block that is replaced', async () => {
    const { fate } = await followed([block('theirs'), silence, { kind: 'reorg', depth: 1, with: 'ours' }, finalize()])
    expect(fate).toMatchObject({ kind: 'included' })
  })

  it('is waited for until the deadline only', async () => {
    const world = new World([])
    world.news = async atMostMs => {
      await new Promise(resolve => setTimeout(resolve, atMostMs))
      return false
    }
    const waiting = follow(world, world.extrinsic, { until: 'finalized' }, new Deadline('the test to end', 60))
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE' })
  })

  it('has one fate, the one the final chain tells, whatever happens on the way', async () => {
    const holding = fc.constantFrom('nothing' as const, 'ours' as const, 'theirs' as const)
    const happening: fc.Arbitrary<Happening> = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('block' as const), with: holding }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('finalize' as const), lag: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('reorg' as const), depth: fc.nat(4), with: holding }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), forgets: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('hint' as const), stale: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant(silence) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async script => {
        const { fate, world } = await followed(script)
        const holders = world.finalBranch().filter(one => one.extrinsicHashes.includes(OURS))
        const expected: Fate['kind'] = holders.length === 1 ? 'included' : fate.kind
        expect(fate.kind).toBe(expected)
        if (fate.kind === 'included') expect(holders.map(one => one.hash)).toEqual([fate.place.hash])
        else {
          // Neither now nor later: the era is over, or the nonce is used, on the final chain.
          const gone = world.finalized >= world.extrinsic.validUntilBlock || (await world.finalNonce()) > NONCE
          expect(holders).toEqual([])
          expect(gone).toBe(true)
        }
      }),
      { numRuns: 2_000, seed: 4 },
    )
  })
})
