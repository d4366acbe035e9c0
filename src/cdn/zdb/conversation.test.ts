/** What a release build of 0-DB v2.0.7 answered, byte by byte, asked of our server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { RunningZdb } from './index.js'
import { secureHash } from './secure-hash.js'
import { bulk, request, Wire } from './testing/wire.js'
import { ZdbRig } from './testing/zdb-rig.js'

const rig = new ZdbRig()
let zdb: RunningZdb
beforeAll(async () => {
  zdb = await rig.start({ adminPassword: 'adminpw' })
})
afterAll(() => rig.end())

async function open(): Promise<Wire> {
  const wire = await Wire.open(zdb)
  rig.after(() => wire.socket.destroy())
  return wire
}

describe('the recorded conversation', () => {
  const binaryKey = '\x00\x01\xff\r\n'

  it('is answered as the original did', async () => {
    const wire = await open()
    const steps: [request: string, answer: string][] = [
      ['*1\r\n$4\r\nPING\r\n', '+PONG\r\n'],
      ['*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$8\r\nredis-rs\r\n', '-Command not supported\r\n'],
      ['*3\r\n$3\r\nSET\r\n$5\r\nhello\r\n$5\r\nworld\r\n', '$5\r\nhello\r\n'],
      ['*3\r\n$3\r\nSET\r\n$5\r\nhello\r\n$5\r\nworld\r\n', '$-1\r\n'],
      ['*3\r\n$3\r\nSET\r\n$5\r\nhello\r\n$6\r\nworld2\r\n', '$5\r\nhello\r\n'],
      ['*2\r\n$3\r\nGET\r\n$5\r\nhello\r\n', '$6\r\nworld2\r\n'],
      ['*2\r\n$3\r\nGET\r\n$4\r\nnope\r\n', '$-1\r\n'],
      [`*3\r\n$3\r\nSET\r\n$5\r\n${binaryKey}\r\n$4\r\n\x00\r\n\xfe\r\n`, `$5\r\n${binaryKey}\r\n`],
      ['*3\r\n$3\r\nSET\r\n$1\r\ne\r\n$0\r\n\r\n', '$1\r\ne\r\n'],
      ['*4\r\n$4\r\nMGET\r\n$5\r\nhello\r\n$4\r\nnope\r\n$1\r\ne\r\n', '*3\r\n$6\r\nworld2\r\n$-1\r\n$0\r\n\r\n'],
    ]
    for (const [asked, answer] of steps) expect([asked, await wire.ask(asked, answer)]).toEqual([asked, answer])

    const cursor = await wire.ask('*2\r\n$6\r\nKEYCUR\r\n$5\r\nhello\r\n', bulk('x'.repeat(17)))
    // The last eight bytes, offset and checksum, are the server's own.
    expect(cursor.slice(0, 14)).toBe('$17\r\n\x05\x00\x00\x00\x00\x06\x00\x00\x00')
    expect(cursor).toHaveLength(24)

    const entries = [
      ['hello', 6],
      [binaryKey, 4],
      ['e', 0],
    ].map(([key, size]) => `*3\r\n${bulk(key as string)}:${size}\r\n:1234567890\r\n`)
    const page = `*2\r\n${bulk('x'.repeat(17))}*3\r\n${entries.join('')}`
    const scanned = await wire.ask('*1\r\n$4\r\nSCAN\r\n', page)
    expect(scanned.slice(25 + 4).replace(/:\d{10}/g, ':1234567890')).toBe(page.slice(25 + 4))
    expect(await wire.line(request('SCAN', scanned.slice(9, 26)))).toBe('-No more data\r\n')

    const history = await wire.ask(
      request('HISTORY', 'hello'),
      `*3\r\n${bulk('12345678')}${bulk('1234567890')}${bulk('world2')}`,
    )
    expect(history).toMatch(/^\*3\r\n\$8\r\n[\s\S]{8}\r\n\$10\r\n\d{10}\r\n\$6\r\nworld2\r\n$/)
    const older = await wire.ask(
      request('HISTORY', 'hello', history.slice(8, 16)),
      `*3\r\n$-1\r\n${bulk('1234567890')}${bulk('world')}`,
    )
    expect(older).toMatch(/^\*3\r\n\$-1\r\n\$10\r\n\d{10}\r\n\$5\r\nworld\r\n$/)

    expect(await wire.line('*2\r\n$3\r\nDEL\r\n$5\r\nhello\r\n')).toBe('+OK\r\n')
    expect(await wire.line('*2\r\n$3\r\nDEL\r\n$5\r\nhello\r\n')).toBe('-Key not found\r\n')
    expect(await wire.line('*2\r\n$5\r\nNSNEW\r\n$3\r\ncdn\r\n')).toBe('-Permission denied\r\n')

    const challenge = await wire.line('*3\r\n$4\r\nAUTH\r\n$6\r\nSECURE\r\n$9\r\nCHALLENGE\r\n')
    expect(challenge).toMatch(/^\+[0-9a-f]{16}\r\n$/)
    const hash = secureHash(challenge.slice(1, 17), 'adminpw')
    expect(await wire.line(`*3\r\n$4\r\nAUTH\r\n$6\r\nSECURE\r\n$40\r\n${hash}\r\n`)).toBe('+OK\r\n')
    expect(await wire.line('*2\r\n$5\r\nNSNEW\r\n$3\r\ncdn\r\n')).toBe('+OK\r\n')
    expect(await wire.line('*4\r\n$5\r\nNSSET\r\n$3\r\ncdn\r\n$8\r\npassword\r\n$4\r\nnspw\r\n')).toBe('+OK\r\n')
    expect(await wire.line('*4\r\n$5\r\nNSSET\r\n$3\r\ncdn\r\n$6\r\npublic\r\n$1\r\n0\r\n')).toBe('+OK\r\n')

    const second = await open()
    expect(await second.line('*2\r\n$6\r\nSELECT\r\n$3\r\ncdn\r\n')).toBe('-Namespace protected and private\r\n')
    const other = await second.line('*3\r\n$4\r\nAUTH\r\n$6\r\nSECURE\r\n$9\r\nCHALLENGE\r\n')
    const proof = secureHash(other.slice(1, 17), 'nspw')
    expect(await second.line(`*4\r\n$6\r\nSELECT\r\n$3\r\ncdn\r\n$6\r\nSECURE\r\n$40\r\n${proof}\r\n`)).toBe('+OK\r\n')
    const key = '\xe0\xc7\x9f\xce\x84\x1c6<\x99\xdbej\x8a0\xb7F'
    const shard = 'a\xc2Ax\xe9\xe5\x90\xb4\x81\x99g'
    expect(await second.ask(request('SET', key, shard), bulk(key))).toBe(bulk(key))
    expect(await second.ask(request('GET', key), bulk(shard))).toBe(bulk(shard))

    expect(await wire.line(request('NSNEW', 'numbers'))).toBe('+OK\r\n')
    expect(await wire.line(request('NSSET', 'numbers', 'mode', 'seq'))).toBe('+OK\r\n')
    expect(await wire.line(request('SELECT', 'numbers'))).toBe('+OK\r\n')
    const id = bulk('\x00'.repeat(8))
    expect(await wire.ask('*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\nv0\r\n', id)).toBe(id)
  })

  it('has hashes of challenges as the original computes them', () => {
    expect(secureHash('0db59a8c5a946899', 'adminpw')).toBe('fca02b4008aabc8ebc92f374dddf13b2967dca0b')
    expect(secureHash('34396817f8168cc6', 'nspw')).toBe('6fe9c4be9ea00cbe132631cd3c41c823ee1590fe')
  })

  it('describes a namespace to administrators line by line', async () => {
    const wire = await open()
    expect(await wire.line(request('AUTH', 'adminpw'))).toBe('+OK\r\n')
    await wire.line(request('NSNEW', 'described'))
    wire.socket.write(request('NSINFO', 'described'))
    const text = (await wire.read(got => /offset: \d+\n\r\n/.test(got.toString()))).replace(/^\$\d+\r\n/, '')
    const keys = [...text.matchAll(/^([a-z_]+): /gm)].map(([, name]) => name)
    expect(keys).toEqual([
      ...'name entries public worm locked password data_size_bytes data_size_mb data_limits_bytes'.split(' '),
      ...'index_size_bytes index_size_kb next_internal_id mode stats_index_io_errors stats_index_io_error_last'.split(
        ' ',
      ),
      ...'stats_index_faults stats_data_io_errors stats_data_io_error_last stats_data_faults'.split(' '),
      ...'index_disk_freespace_bytes index_disk_freespace_mb data_disk_freespace_bytes data_disk_freespace_mb'.split(
        ' ',
      ),
      ...'data_path data_active index_path index_active data_current_id data_current_offset'.split(' '),
    ])
    expect(text).toMatch(/^# namespace\nname: described\nentries: 0\npublic: yes\nworm: no\nlocked: no\npassword: no\n/)
    expect(text).toContain('next_internal_id: 0x00000000\nmode: userkey\n')
  })
})

describe('a request that cannot be read', () => {
  it.each([
    ['that is no array', 'PING\r\n', '-Malformed request, array expected\r\n'],
    ['with no arguments', '*0\r\n', '-Missing arguments\r\n'],
    ['with less than none', '*-1\r\n', '-Internal memory error\r\n'],
    ['with too many arguments', '*1025\r\n', '-Too many arguments\r\n'],
    ['with something else than a string', '*1\r\n:1\r\n', '-Malformed query string\r\n'],
    ['with a negative length', '*1\r\n$-5\r\n', '-Malformed query string\r\n'],
    ['with a length that is no number', '*1\r\n$x\r\n', '-Malformed query string\r\n'],
    ['with more than 8 MiB, when that is announced', '*2\r\n$3\r\nGET\r\n$8388609\r\n', '-Payload too big\r\n'],
    ['with a line that does not end', `*${'1'.repeat(9000)}`, ''],
  ])('%s ends the connection', async (_, bytes, answer) => {
    expect(await (await open()).end(bytes)).toBe(answer)
  })

  it('is one that leaves nothing out: a bare line feed ends a line, and two bytes after a payload may be any', async () => {
    const wire = await open()
    expect(await wire.line('*1\n$4\nPINGXX')).toBe('+PONG\r\n')
  })

  it('may come byte by byte, or many at once', async () => {
    const wire = await open()
    for (const byte of request('SET', 'slow', 'a\r\nb')) wire.socket.write(byte)
    expect(await wire.read(got => got.length >= 10)).toBe(bulk('slow'))
    const many = request('GET', 'slow').repeat(2000)
    expect(await wire.ask(many, bulk('a\r\nb').repeat(2000))).toBe(bulk('a\r\nb').repeat(2000))
  })
})
