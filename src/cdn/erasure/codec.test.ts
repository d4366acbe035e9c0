import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { toHex } from '../../core/hex.js'
import { coefficients } from './coefficients.js'
import { multiply } from './field.js'
import { createCodec } from './index.js'
import { createPortableKernel } from './portable/portable-kernel.js'
import { createSimdKernel } from './simd/simd-kernel.js'

const { parityRows } = JSON.parse(readFileSync(new URL('../../../test/vectors/cdn.json', import.meta.url), 'utf8')) as {
  parityRows: readonly { readonly required: number; readonly rows: readonly string[] }[]
}

const KERNELS = ['simd', 'portable'] as const

describe.each(KERNELS)('the code by the %s kernel', kernel => {
  it.each(parityRows)('has the parity rows of peers for k = $required: $rows', async ({ required, rows }) => {
    const codec = await createCodec({ required, total: required + rows.length, kernel })
    expect(codec.kernel).toBe(kernel)
    const unit = Array.from({ length: required }, (_, i) => Uint8Array.from({ length: required }, (_, j) => +(i === j)))
    expect(codec.encode(unit).map(toHex)).toEqual(rows)
  })

  it.each([
    [1, 1, 1],
    [3, 4, 16 * 1024 + 1],
    [3, 5, 40_000],
    [5, 11, 8 * 1024],
    [16, 20, 17_777],
    [2, 256, 100],
    [128, 256, 100],
    [255, 256, 1_000],
  ])('gives back any lost shards: %i of %i with %i bytes', async (required, total, length) => {
    const codec = await createCodec({ required, total, kernel })
    const random = randomOf(required * total + length)
    const data = Array.from({ length: required }, () => bytesOf(random, length))
    const shards = [...data, ...codec.encode(data)]
    for (let round = 0; round < 4; round++) {
      const lost = shuffled(random, total).slice(0, total - required)
      const left = shards.map((shard, i) => (lost.includes(i) ? undefined : shard))
      const order = [...lost].sort((a, b) => a - b)
      expect(
        same(
          codec.reconstruct(left),
          order.map(i => shards[i] as Uint8Array),
        ),
      ).toBe(true)
      expect(
        same(
          codec.reconstruct(left, lost),
          lost.map(i => shards[i] as Uint8Array),
        ),
      ).toBe(true)
      expect(
        same(
          codec.reconstruct(left, lost.slice(0, 1)),
          lost.slice(0, 1).map(i => shards[i] as Uint8Array),
        ),
      ).toBe(true)
    }
  })

  it('computes nothing that is there, and leaves what is given as it is', async () => {
    const codec = await createCodec({ required: 3, total: 5, kernel })
    const data = [1, 2, 3].map(seed => bytesOf(randomOf(seed), 100))
    const before = data.map(toHex)
    const [p0, p1] = codec.encode(data) as [Uint8Array, Uint8Array]
    const [b, again, first] = codec.reconstruct([data[0], undefined, data[2], p0, p1], [1, 1, 0])
    expect(first).toBe(data[0])
    expect(again).toBe(b)
    expect(toHex(b as Uint8Array)).toBe(before[1])
    expect(data.map(toHex)).toEqual(before)
    expect(codec.reconstruct([...data, p0, p1])).toEqual([])
  })

  it('writes parity where it is told to, at any alignment', async () => {
    const codec = await createCodec({ required: 3, total: 5, kernel })
    const length = 17_001
    const memory = bytesOf(randomOf(7), 3 * length + 1)
    const data = [0, 1, 2].map(i => memory.subarray(1 + i * length, 1 + (i + 1) * length))
    const room = new Uint8Array(2 * length + 6).fill(0xee)
    const into = [room.subarray(3, 3 + length), room.subarray(3 + length, 3 + 2 * length)]
    expect(codec.encode(data, into)).toBe(into)
    expect(into.map(toHex)).toEqual(codec.encode(data).map(toHex))
    expect([...room.subarray(0, 3), ...room.subarray(-3)]).toEqual(new Array(6).fill(0xee))
  })

  it('takes shards without a byte', async () => {
    const codec = await createCodec({ required: 2, total: 3, kernel })
    const none = new Uint8Array()
    expect(codec.encode([none, none])).toEqual([none])
    expect(codec.reconstruct([none, undefined, none])).toEqual([none])
  })

  it('reads what was written without parity', async () => {
    const codec = await createCodec({ required: 2, total: 2, kernel })
    expect(codec.encode([Uint8Array.of(1), Uint8Array.of(2)])).toEqual([])
    expect(codec.verify([Uint8Array.of(1), Uint8Array.of(2)])).toEqual({ kind: 'unchecked' })
  })
})

describe('kernels', () => {
  it('give the sums that arithmetic byte by byte gives', async () => {
    const kernels = [await createSimdKernel(), createPortableKernel()]
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 11 }),
        fc.oneof(fc.nat(70), fc.integer({ min: 8_150, max: 8_250 }), fc.integer({ min: 16_350, max: 16_500 })),
        (seed, outputs, inputs, length) => {
          const random = randomOf(seed)
          const rows = Array.from({ length: outputs }, () => bytesOf(random, inputs))
          if (seed % 3 === 0) rows[0]?.fill(0)
          const data = Array.from({ length: inputs }, () => bytesOf(random, length))
          const expected = rows.map(row => {
            const sum = new Uint8Array(length)
            data.forEach((input, i) => {
              for (let at = 0; at < length; at++) (sum[at] as number) ^= multiply(row[i] as number, input[at] as number)
            })
            return sum
          })
          for (const kernel of kernels) {
            const results = rows.map(() => new Uint8Array(length).fill(0x5a))
            kernel?.combine(rows, data, results)
            expect(same(results, expected)).toBe(true)
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('are chosen by what there is', async () => {
    expect((await createCodec({ required: 3, total: 4 })).kernel).toBe('simd')
  })
})

describe('coefficients', () => {
  it('turn any k shards into any others and back', () => {
    const points = fc.uniqueArray(fc.nat(255), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(points, fc.nat(), (all, seed) => {
        const k = Math.ceil(all.length / 2)
        const from = all.slice(0, k)
        const to = shuffled(randomOf(seed), all.length)
          .slice(0, k)
          .map(i => all[i] as number)
        const there = coefficients(from, to)
        const back = coefficients(to, from)
        const product = back.map(row =>
          Uint8Array.from({ length: k }, (_, c) =>
            row.reduce((sum, value, i) => sum ^ multiply(value, (there[i] as Uint8Array)[c] as number), 0),
          ),
        )
        expect(product).toEqual(from.map((_, r) => Uint8Array.from({ length: k }, (_, c) => +(r === c))))
      }),
    )
  })
})

describe('a code that there is not', () => {
  it.each([
    [0, 1],
    [256, 256],
    [3, 2],
    [1, 257],
    [1.5, 3],
    [Number.NaN, 3],
  ])('has %d of %d shards', async (required, total) => {
    await expect(createCodec({ required, total })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
  })
})

describe('shards that are refused', () => {
  const a = new Uint8Array(4)
  const short = new Uint8Array(3)

  it('are too few', async () => {
    const codec = await createCodec({ required: 2, total: 4 })
    const tooFew = { code: 'CDN_SHARDS', details: { good: 1, needed: 2 } }
    expect(() => codec.reconstruct([a, undefined, undefined, undefined])).toThrow(expect.objectContaining(tooFew))
    expect(() => codec.verify([a, undefined, undefined, undefined])).toThrow(expect.objectContaining(tooFew))
  })

  it('are of other numbers or lengths', async () => {
    const codec = await createCodec({ required: 2, total: 4 })
    const refused = expect.objectContaining({ code: 'INPUT_OPTION' })
    expect(() => codec.encode([a])).toThrow(refused)
    expect(() => codec.encode([a, short])).toThrow(refused)
    expect(() => codec.encode([a, a], [a])).toThrow(refused)
    expect(() => codec.encode([a, a], [a, short])).toThrow(refused)
    expect(() => codec.reconstruct([a, a, a])).toThrow(refused)
    expect(() => codec.reconstruct([a, short, undefined, undefined])).toThrow(refused)
    expect(() => codec.reconstruct([a, a, undefined, undefined], [4])).toThrow(refused)
    expect(() => codec.reconstruct([a, a, undefined, undefined], [0.5])).toThrow(refused)
  })
})

function same(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((one, i) => Buffer.compare(one, b[i] as Uint8Array) === 0)
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function bytesOf(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

function shuffled(random: () => number, count: number): readonly number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j] as number, order[i] as number]
  }
  return order
}
