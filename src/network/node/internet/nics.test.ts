import { describe, expect, it } from '@jest/globals'

import type { IpLink } from './ip-json.js'
import { nicsAmong } from './nics.js'

const link = (ifname: string, more: Partial<IpLink> = {}): IpLink => ({
  ifname,
  flags: ['UP'],
  link_type: 'ether',
  address: '52:54:00:12:34:56',
  ...more,
})
const links: readonly IpLink[] = [
  { ifname: 'lo', flags: [], link_type: 'loopback' },
  link('eth1'),
  link('eth0', { master: 'zos', linkinfo: {} }),
  link('zos', { linkinfo: { info_kind: 'bridge' } }),
  link('v0', { linkinfo: { info_kind: 'veth' } }),
  link('wwan0', { link_type: 'none' }),
]

describe('the NICs of a node', () => {
  it('are its hardware, ports of bridges too', () => {
    expect(nicsAmong(links)).toEqual([
      { name: 'eth0', mac: '52:54:00:12:34:56', enslaved: true },
      { name: 'eth1', mac: '52:54:00:12:34:56', enslaved: false },
    ])
  })

  it('are those that are named, whatever they are', () => {
    expect(nicsAmong(links, ['v0']).map(({ name }) => name)).toEqual(['v0'])
    expect(() => nicsAmong(links, ['v0', 'v9'])).toThrow(expect.objectContaining({ code: 'NODE_NET_CONFIG' }))
  })
})
