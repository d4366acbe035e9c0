import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fromHex, toHex } from '../../../core/hex.js'
import { era } from '../runtime/primitives.js'
import { theRuntime } from '../runtime/runtime.js'
import { decodeExtrinsic, ExtrinsicFormatError, LookupError } from '../transactions/extrinsic.js'
import { decode, encode } from './coding.js'
import { boundedVec, compact, names, option, struct, tagged, tuple, vec } from './composed.js'
import { bool, boundedBytes, bytes, fixedBytes, str, u8, u16, u32, u64, u128 } from './primitives.js'
import { ScaleError } from './reader.js'
import type { Type } from './type.js'

const everything = struct('test::Everything', {
  a: u8,
  b: u16,
  c: u32,
  d: u64,
  e: u128,
  f: bool,
  g: str,
  h: bytes,
  i: fixedBytes(4),
  j: option(u32),
  k: vec(tuple(u8, str)),
  l: compact(u32),
  m: compact(u128),
  n: names('test::Names', ['One', 'Two']),
  o: tagged('test::Tagged', { Nothing: null, Number: u64 }),
})

const bigUpTo = (bits: bigint) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n })
const arbitrary = fc.record({
  a: fc.integer({ min: 0, max: 255 }),
  b: fc.integer({ min: 0, max: 0xffff }),
  c: fc.integer({ min: 0, max: 0xffff_ffff }),
  d: bigUpTo(64n),
  e: bigUpTo(128n),
  f: fc.boolean(),
  g: fc.string({ unit: 'binary' }),
  h: fc.uint8Array(),
  i: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  j: fc.option(fc.integer({ min: 0, max: 0xffff_ffff }), { nil: undefined }),
  k: fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.string({ unit: 'binary' }))),
  l: fc.integer({ min: 0, max: 0xffff_ffff }),
  m: bigUpTo(128n),
  n: fc.constantFrom('One' as const, 'Two' as const),
  o: fc.oneof(
    fc.constant({ kind: 'Nothing' as const }),
    fc.record({ kind: fc.constant('Number' as const), value: bigUpTo(64n) }),
  ),
})

describe('SCALE', () => {
  it('gives back what it was given', () => {
    fc.assert(fc.property(arbitrary, value => expect(decode(everything, encode(everything, value))).toEqual(value)))
  })

  it.each<[Type<never>, unknown, string]>([
    [compact(u32) as Type<never>, 0, '00'],
    [compact(u32) as Type<never>, 63, 'fc'],
    [compact(u32) as Type<never>, 64, '0101'],
    [compact(u32) as Type<never>, 16383, 'fdff'],
    [compact(u32) as Type<never>, 16384, '02000100'],
    [compact(u32) as Type<never>, 1073741823, 'feffffff'],
    [compact(u32) as Type<never>, 1073741824, '0300000040'],
    [compact(u128) as Type<never>, (1n << 128n) - 1n, `33${'ff'.repeat(16)}`],
    [u32 as Type<never>, 16777215, 'ffffff00'],
    [str as Type<never>, 'Hamlet', '1848616d6c6574'],
    [option(u8) as Type<never>, undefined, '00'],
    [era as Type<never>, { period: 32768, phase: 20000 }, '4e9c'],
    [era as Type<never>, { period: 64, phase: 42 }, 'a502'],
  ])('writes %# as the reference implementations do', (type, value, hex) => {
    expect(toHex(encode(type, value as never))).toBe(hex)
    expect(decode(type, fromHex(hex))).toEqual(value)
  })

  it('refuses what is too short, too long, too deep or too many', () => {
    expect(() => decode(u32, fromHex('ffff'))).toThrow(ScaleError)
    expect(() => decode(u8, fromHex('ffff'))).toThrow(ScaleError)
    expect(() => decode(bool, fromHex('02'))).toThrow(ScaleError)
    expect(() => decode(vec(u64), fromHex('feffffff'))).toThrow(ScaleError)
    expect(() => decode(boundedBytes(2), fromHex('0c000000'))).toThrow(ScaleError)
    expect(() => decode(boundedVec(u8, 1), fromHex('080000'))).toThrow(ScaleError)
    const nested = `0302${'04'.padEnd(2)}`.repeat(300)
    expect(() => decode(theRuntime().callType, fromHex(nested.replaceAll(' ', '')))).toThrow(ScaleError)
  })

  it('answers any bytes with a value or a ScaleError, as calls and as extrinsics', () => {
    const { callType, eventRecords } = theRuntime()
    const tolerated = (error: unknown) =>
      error instanceof ScaleError || error instanceof ExtrinsicFormatError || error instanceof LookupError
    const survives = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        if (!tolerated(error)) throw error
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), input => {
        survives(() => decode(callType, input))
        survives(() => decode(eventRecords, input))
        survives(() => decodeExtrinsic(input))
        const pallet = theRuntime().pallets[(input[0] ?? 0) % theRuntime().pallets.length]
        for (const { args } of pallet?.calls ?? []) survives(() => decode(args, input.subarray(1)))
      }),
      { numRuns: 3000 },
    )
  })
})
