import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { encodeContractData, parseContractData } from './contract-data.js'

describe('contract data', () => {
  it.each([
    [
      { version: 3, type: 'vm', name: 'web', projectName: 'vm/web' },
      '{"version":3,"type":"vm","name":"web","projectName":"vm/web"}',
    ],
    [
      { projectName: '', name: 'net', type: 'network-light', version: 4 },
      '{"version":4,"type":"network-light","name":"net","projectName":""}',
    ],
  ])('has its keys in a fixed order', (data, text) => {
    expect(encodeContractData(data)).toBe(text)
    expect(parseContractData(text)).toEqual(data)
  })

  it('fits 512 bytes, counted as UTF-8', () => {
    const room = 512 - encodeContractData({ version: 3, type: 'vm', name: '', projectName: '' }).length
    expect(encodeContractData({ version: 3, type: 'vm', name: 'x'.repeat(room), projectName: '' })).toHaveLength(512)
    expect(() =>
      encodeContractData({ version: 3, type: 'vm', name: 'é'.repeat(room / 2 + 1), projectName: '' }),
    ).toThrow(expect.objectContaining({ code: 'ZOS_INVALID' }))
  })

  it.each(['', 'x', '5', 'null', '[]', '{}', '{"type":"vm"}', '{"type":5,"name":"a"}', '['.repeat(600)])(
    'of somebody else is passed over: %s',
    text => {
      expect(parseContractData(text)).toBeUndefined()
    },
  )

  it('may leave out what is not needed to find it', () => {
    expect(parseContractData('{"type":"vm","name":"a","x":1}')).toEqual({
      version: 0,
      type: 'vm',
      name: 'a',
      projectName: '',
    })
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        parseContractData(text)
      }),
    )
  })
})
