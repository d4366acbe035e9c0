import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { myceliumAddress, myceliumPublicKey } from '../../../network/address/mycelium.js'
import { daemonAddress } from './mycelium-daemon.js'

describe('the address of a Mycelium daemon', () => {
  it('is the one that anybody derives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), secret => {
        expect(daemonAddress(secret)).toBe(myceliumAddress(myceliumPublicKey(secret)))
      }),
      { numRuns: 50, seed: 13 },
    )
  })
})
