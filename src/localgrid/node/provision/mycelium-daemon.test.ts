import { describe, expect, it } from '@jest/globals'

import { nodeAddress } from '../../../network/address/mycelium.js'
import { MyceliumDaemons } from './mycelium-daemon.js'

const key = (index: number) => index.toString(16).padStart(64, '0')
const expected = (index: number) => nodeAddress(Uint8Array.from(Buffer.from(key(index), 'hex')))

describe("the addresses of a node's Mycelium daemons", () => {
  it('are those that anybody derives, however often and in whatever order they are asked for', () => {
    const daemons = new MyceliumDaemons()
    for (const index of [1, 2, 1, 3, 2, 1]) expect(daemons.addressOf(key(index))).toBe(expected(index))
  })

  it('stay right when more networks come than are kept', () => {
    const daemons = new MyceliumDaemons()
    for (let index = 1; index <= 300; index++) daemons.addressOf(key(index))
    expect(daemons.addressOf(key(1))).toBe(expected(1))
    expect(daemons.addressOf(key(300))).toBe(expected(300))
  })
})
