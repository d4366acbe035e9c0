import { describe, expect, it } from '@jest/globals'
import { xxhashAsU8a } from '@polkadot/util-crypto'
import fc from 'fast-check'

import { utf8 } from '../../../core/bytes.js'
import { toHex } from '../../../core/hex.js'
import { accountOfAddress, addressOfAccount } from '../runtime/ss58.js'
import { loadSignatures } from '../transactions/signatures.js'
import { blake256, twox128 } from './hash.js'

describe('storage hashes', () => {
  it('are those of a substrate node', () => {
    expect(toHex(twox128(utf8('System')))).toBe('26aa394eea5630e07c48ae0c9558cef7')
    expect(toHex(twox128(utf8('Account')))).toBe('b99d880ec681799c0cf30e8886371da9')
  })

  it('agree with another implementation for any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(twox128(bytes)).toEqual(xxhashAsU8a(bytes, 128))
      }),
    )
  })

  it('are the same before and after the fast implementation is loaded', async () => {
    const before = toHex(blake256(utf8('hyphae')))
    await loadSignatures()
    expect(toHex(blake256(utf8('hyphae')))).toBe(before)
  })
})

describe('addresses', () => {
  it('are read back, and refused when mistyped', () => {
    const alice = 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d'
    expect(addressOfAccount(alice)).toBe('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')
    expect(accountOfAddress('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')).toBe(alice)
    expect(accountOfAddress('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ')).toBeUndefined()
    for (const text of ['', '5', '0x12', 'O0Il', 'x'.repeat(1000)]) expect(accountOfAddress(text)).toBeUndefined()
  })
})
