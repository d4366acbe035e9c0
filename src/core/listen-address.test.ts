import { describe, expect, it } from '@jest/globals'

import { formatHostPort, readListenAddress } from './listen-address.js'

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['[::1]:65535', '::1', 65_535],
    ['[::]:80', '::', 80],
    [':8080', undefined, 8080],
    ['localhost:1', 'localhost', 1],
    ['cdn.example:8080', 'cdn.example', 8080],
  ])('%s is read', (text, host, port) => {
    expect(readListenAddress(text)).toEqual({ host, port })
    if (host !== undefined) expect(formatHostPort(host, port)).toBe(text)
  })

  it.each([
    '',
    ':',
    '8080',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:x',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '256.0.0.1:80',
    '127.1:80',
    '::1:80',
    '[::1]',
    '[::g]:80',
    '[127.0.0.1]:80',
    'a b:80',
    'http://localhost:80',
    'a/b:80',
    `${'a'.repeat(300)}:80`,
  ])('%j is refused', text => {
    expect(() => readListenAddress(text)).toThrow(expect.objectContaining({ code: 'INPUT_OPTION' }))
  })
})
