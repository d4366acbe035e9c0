import { describe, expect, it } from '@jest/globals'

import {
  isActiveState,
  readGatewayResult,
  readMachineResult,
  readPublicIpResult,
  readQsfsResult,
  readVolumeResult,
  readZdbResult,
  readZMountResult,
} from './results.js'

describe('the result of a workload', () => {
  it('of a machine has all its addresses, old nodes included', () => {
    const result = {
      id: '7-1-vm',
      ip: '10.1.2.2',
      planetary_ip: '',
      mycelium_ip: '5a::1',
      console_url: '10.1.2.1:20002',
    }
    expect(readMachineResult(result)).toEqual(result)
    expect(readMachineResult({ id: '192-74881-testing2', ygg_ip: '300::1', console_url: '10.20.2.0:20002' })).toEqual({
      id: '192-74881-testing2',
      ip: '',
      planetary_ip: '300::1',
      mycelium_ip: '',
      console_url: '10.20.2.0:20002',
    })
    expect(readMachineResult({ ygg_ip: '300::1', planetary_ip: '300::2' }).planetary_ip).toBe('300::1')
  })

  it('is empty while there is none', () => {
    for (const nothing of [null, undefined]) {
      expect(readMachineResult(nothing).ip).toBe('')
      expect(readPublicIpResult(nothing)).toEqual({ ip: '', ip6: '', gateway: '' })
    }
  })

  it('of the other types', () => {
    const ip = { ip: '1.2.3.4/24', ip6: '', gateway: '1.2.3.1' }
    expect(readPublicIpResult(ip)).toEqual(ip)
    const zdb = { Namespace: '7-1-db', IPs: ['2a02::1', '300::1'], Port: 9900 }
    expect(readZdbResult(zdb)).toEqual(zdb)
    expect(readZMountResult({ volume_id: 'a' })).toEqual({ volume_id: 'a' })
    expect(readVolumeResult({ id: 'a' })).toEqual({ id: 'a' })
    expect(readGatewayResult({ fqdn: 'a.b.c' })).toEqual({ fqdn: 'a.b.c' })
    expect(readGatewayResult({})).toEqual({ fqdn: '' })
    expect(readQsfsResult({ path: '/q', metrics_endpoint: 'http://[300::1]:9100/metrics' }).path).toBe('/q')
  })

  it('of another shape is an error', () => {
    for (const wrong of [5, 'x', [], { ip: 5 }]) {
      expect(() => readMachineResult(wrong)).toThrow(expect.objectContaining({ code: 'ZOS_DECODE' }))
    }
    expect(() => readPublicIpResult({ ip: '1.2.3' })).toThrow('invalid CIDR address: 1.2.3')
  })

  it('counts as capacity when ok or paused', () => {
    const states = ['', 'init', 'ok', 'error', 'paused', 'deleted', 'unchanged'] as const
    expect(states.filter(isActiveState)).toEqual(['ok', 'paused'])
  })
})
