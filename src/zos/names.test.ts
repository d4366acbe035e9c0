import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { networkIpv6, wireguardAddress } from './addresses.js'
import { macFrom, macText } from './mac.js'
import {
  deviceId,
  fullNodeDevices,
  lightMachineTaps,
  lightNodeDevices,
  machineTap,
  networkId,
  publicTap,
  workloadId,
} from './names.js'

describe('names on a node', () => {
  it('are those the node code gave', () => {
    expect(workloadId(7, 100n, 'vm1')).toBe('7-100-vm1')
    expect(networkId(1, 'net1')).toBe('HFzUQHtqE2iA5')
    expect(networkId(7, 'net1')).toBe('22YkzQzi92nUL')
    expect(deviceId('7-100-vm1', 'net1')).toBe('FNMSWHSp4YAHh')
    expect(deviceId('7-100-vm1', 'mycelium')).toBe('46dCnUubzWzFS')
    expect(deviceId('7-100-ip1', 'pub')).toBe('3QN9nMJ1GfUdH')
  })

  it('fit a Linux interface', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (twinId, name) => {
        const id = networkId(twinId, name)
        const device = deviceId(workloadId(twinId, 1n, name), 'x')
        const taps = lightMachineTaps(device)
        const { myceliumService: _, ...full } = fullNodeDevices(id)
        const { myceliumService: __, ...light } = lightNodeDevices(id)
        const all = [...Object.values(full), ...Object.values(light), taps.private, taps.mycelium]
        for (const name of [...all, machineTap(device), publicTap(device)]) expect(name.length).toBeLessThanOrEqual(15)
      }),
    )
  })
})

describe('hardware addresses', () => {
  it.each([
    [new Uint8Array(), 'd6:1d:8c:d9:8f:00'],
    [Uint8Array.of(0x42), '9e:5e:d6:78:fe:57'],
    ['A34YUGenHKyhjDMAUKZe4cVDtJM2wQ4n4XRkfGUUEYdy', '8a:d3:36:10:7e:e9'],
  ])('of %p', (input, mac) => {
    expect(macText(macFrom(input))).toBe(mac)
  })

  it('are local and unicast', () => {
    fc.assert(
      fc.property(fc.uint8Array(), input => {
        expect((macFrom(input)[0] as number) & 3).toBe(2)
      }),
    )
  })
})

describe('derived addresses', () => {
  it('are those of the node code', () => {
    expect(wireguardAddress('10.3.1.0/24')).toBe('100.64.3.1')
    expect(wireguardAddress('10.20.0.0')).toBe('100.64.20.0')
    expect(networkIpv6('networkdID', '100.127.0.2')).toBe('fd6e:6574:776f::2')
    expect(networkIpv6('networkdID', '100.127.2.16')).toBe('fd6e:6574:776f:2::10')
  })

  it('need an IPv4 address and an id', () => {
    expect(() => wireguardAddress('fe80::/64')).toThrow(expect.objectContaining({ code: 'INPUT_CIDR' }))
    expect(() => networkIpv6('networkdID', '::1')).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
    expect(() => networkIpv6('net', '1.1.1.1')).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
  })
})
