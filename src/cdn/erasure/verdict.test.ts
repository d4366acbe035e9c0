import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { createCodec } from './index.js'

const LENGTH = 20_000

async function block(required: number, total: number, length = LENGTH) {
  const codec = await createCodec({ required, total })
  const data = Array.from({ length: required }, (_, i) =>
    Uint8Array.from({ length }, (_, at) => (Math.imul(at + 1, 2654435761 + i * 40503) >>> 13) & 0xff),
  )
  return { codec, shards: [...data, ...codec.encode(data)].map(shard => shard.slice()) as (Uint8Array | undefined)[] }
}

function spoil(shards: readonly (Uint8Array | undefined)[], index: number, at: number, by: number): void {
  const shard = shards[index] as Uint8Array
  shard[at % shard.length] = (shard[at % shard.length] as number) ^ by
}

describe('shards that are there', () => {
  it('are good when they belong together, whichever are missing', async () => {
    const { codec, shards } = await block(3, 6)
    expect(codec.verify(shards)).toEqual({ kind: 'good' })
    expect(codec.verify(shards.map((shard, i) => (i === 1 || i === 4 ? undefined : shard)))).toEqual({ kind: 'good' })
  })

  it('are unchecked when there are just enough', async () => {
    const { codec, shards } = await block(3, 4)
    expect(codec.verify([shards[0], shards[1], undefined, shards[3]])).toEqual({ kind: 'unchecked' })
  })

  it('are mixed when one is wrong and only one is to spare', async () => {
    const { codec, shards } = await block(3, 4)
    spoil(shards, 2, 7, 1)
    expect(codec.verify(shards)).toEqual({ kind: 'mixed' })
  })

  it.each([0, 2, 4])('name the one byte that is wrong in shard %i of 3 + 2', async index => {
    const { codec, shards } = await block(3, 5)
    spoil(shards, index, LENGTH - 1, 0x80)
    expect(codec.verify(shards)).toEqual({ kind: 'wrong', wrong: [index] })
  })

  it('name wrong shards wherever in them the wrong bytes are', async () => {
    const { codec, shards } = await block(4, 9)
    spoil(shards, 8, 3, 5)
    spoil(shards, 1, LENGTH - 3, 9)
    expect(codec.verify(shards)).toEqual({ kind: 'wrong', wrong: [1, 8] })
    spoil(shards, 5, 9_000, 1)
    expect(codec.verify(shards)).toEqual({ kind: 'wrong', wrong: [1, 5, 8] })
  })

  it('name a shard that is another one altogether', async () => {
    const { codec, shards } = await block(16, 20)
    shards[3] = new Uint8Array(LENGTH)
    shards[17] = shards[16]
    expect(codec.verify(shards)).toEqual({ kind: 'wrong', wrong: [3, 17] })
  })

  it('name shards that are wrong in the same way', async () => {
    const { codec, shards } = await block(3, 7)
    spoil(shards, 0, 5, 1)
    spoil(shards, 1, 5, 1)
    expect(codec.verify(shards)).toEqual({ kind: 'wrong', wrong: [0, 1] })
  })

  it('name nobody when as many are wrong as are to spare', async () => {
    const { codec, shards } = await block(3, 6)
    for (const index of [0, 1, 5]) (shards[index] as Uint8Array).reverse()
    expect(codec.verify(shards)).toEqual({ kind: 'mixed' })
  })

  it('are judged in the largest codes too', async () => {
    const { codec, shards } = await block(128, 256, 500)
    const wrong = [0, 5, 127, 128, 200, 255]
    for (const index of wrong) spoil(shards, index, index, 1 + (index % 7))
    expect(codec.verify(shards)).toEqual({ kind: 'wrong', wrong })
  })

  it('never accuse the innocent while half of what is to spare is right', async () => {
    const codes = new Map<string, Awaited<ReturnType<typeof block>>>()
    for (const [k, n] of [
      [1, 3],
      [2, 6],
      [3, 7],
      [5, 12],
    ] as const)
      codes.set(`${k},${n}`, await block(k, n, 300))
    const error = fc.tuple(fc.nat(100), fc.nat(299), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(fc.constantFrom(...codes.keys()), fc.array(error, { maxLength: 6 }), (code, errors) => {
        const { codec, shards } = codes.get(code) as Awaited<ReturnType<typeof block>>
        const spare = codec.total - codec.required
        const spoiled = shards.map(shard => shard?.slice())
        const culprits = [...new Set(errors.map(([index]) => index % codec.total))].slice(0, Math.floor(spare / 2))
        for (const [index, at, by] of errors) {
          if (culprits.includes(index % codec.total)) spoil(spoiled, index % codec.total, at, by)
        }
        const really = culprits.filter(i => Buffer.compare(spoiled[i] as Uint8Array, shards[i] as Uint8Array) !== 0)
        const verdict = codec.verify(spoiled)
        if (really.length === 0) expect(verdict).toEqual({ kind: 'good' })
        else expect(verdict).toEqual({ kind: 'wrong', wrong: really.sort((a, b) => a - b) })
      }),
      { numRuns: 400 },
    )
  })
})
