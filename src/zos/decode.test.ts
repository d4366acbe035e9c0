import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { isHyphaeError } from '../errors/base.js'
import { checkDeployment } from './check.js'
import { decodeDeployment, typedDeployment } from './decode.js'
import type { Deployment } from './deployment.js'

const messageOf = (text: string): string => {
  try {
    typedDeployment(decodeDeployment(text))
    return 'fine'
  } catch (error) {
    if (isHyphaeError(error) && error.code === 'ZOS_DECODE') return error.message
    throw error
  }
}
const data = (type: string, json: string) => `{"workloads":[{"name":"w","type":"${type}","data":${json}}]}`
const typed = (text: string): Deployment => typedDeployment(decodeDeployment(text))
const dataOf = (type: string, json: string): unknown => typed(data(type, json)).workloads[0]?.data

describe('a deployment as text', () => {
  it('has zero values where nothing is said, and null says nothing', () => {
    const empty: Deployment = {
      version: 0,
      twin_id: 0,
      contract_id: 0n,
      metadata: '',
      description: '',
      expiration: 0n,
      signature_requirement: { requests: [], weight_required: 0, signatures: [], signature_style: '' },
      workloads: [],
    }
    const nulls = `{${Object.keys(empty).map(key => `"${key}":null`)}}`
    for (const text of ['{}', 'null', nulls]) expect(typed(text)).toEqual(empty)
  })

  it('keeps every digit of 64-bit integers', () => {
    const text =
      '{"contract_id":18446744073709551615,"signature_requirement":{"weight_required":18446744073709551615},' +
      '"workloads":[{"name":"w","type":"volume","data":{"size":9007199254740993}}]}'
    expect(typed(text)).toMatchObject({
      contract_id: 18446744073709551615n,
      signature_requirement: { weight_required: 18446744073709551615n },
      workloads: [{ data: { size: 9007199254740993n } }],
    })
  })

  it('may spell keys in any case; the Kelvin sign and the long s fold as in Go', () => {
    expect(dataOf('volume', '{"SIZE":1}')).toEqual({ size: 1n })
    expect(dataOf('volume', '{"\u017fize":2}')).toEqual({ size: 2n })
    expect(dataOf('network-light', '{"myCelium":{"HEX_\u212aEY":"AB"}}')).toMatchObject({ mycelium: { hex_key: 'ab' } })
  })

  it('may give a key twice: single values are replaced, objects are filled further', () => {
    expect(dataOf('volume', '{"size":1,"size":2}')).toEqual({ size: 2n })
    expect(dataOf('volume', '{"size":1,"size":null}')).toEqual({ size: 1n })
    expect(
      dataOf(
        'zmachine',
        '{"compute_capacity":{"cpu":1},"env":{"A":"1","B":"1"},"compute_capacity":{"memory":5},"env":{"B":"2"}}',
      ),
    ).toMatchObject({ compute_capacity: { cpu: 1, memory: 5n }, env: { A: '1', B: '2' } })
    expect(
      dataOf(
        'zmachine',
        '{"mounts":[{"name":"a"},{"name":"b"}],"mounts":[{"mountpoint":"/x"}],"gpu":["g"],"gpu":null}',
      ),
    ).toMatchObject({ mounts: [{ name: 'a', mountpoint: '/x' }] })
  })

  it('has environments with any key', () => {
    const env = (dataOf('zmachine', '{"env":{"__proto__":"x","constructor":"y","A":null}}') as { env: object }).env
    expect(Object.entries(env)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['A', ''],
    ])
  })

  it('has an expiration in seconds or as a date', () => {
    expect(typed('{"expiration":1626394539}').expiration).toBe(1626394539n)
    expect(typed('{"expiration":"2021-07-16T02:00:00+02:00"}').expiration).toBe(1626393600n)
  })

  // Each text was produced by the node's own code.
  it.each([
    ['{"version":5.0}', 'json: cannot unmarshal number 5.0 into Go struct field Deployment.version of type uint32'],
    ['{"version":1e3}', 'json: cannot unmarshal number 1e3 into Go struct field Deployment.version of type uint32'],
    ['{"version":"5"}', 'json: cannot unmarshal string into Go struct field Deployment.version of type uint32'],
    ['{"version":-1}', 'json: cannot unmarshal number -1 into Go struct field Deployment.version of type uint32'],
    [
      '{"version":4294967296}',
      'json: cannot unmarshal number 4294967296 into Go struct field Deployment.version of type uint32',
    ],
    ['[]', 'json: cannot unmarshal array into Go value of type gridtypes.Deployment'],
    [
      '{"workloads":{}}',
      'json: cannot unmarshal object into Go struct field Deployment.workloads of type []gridtypes.Workload',
    ],
    [
      '{"workloads":[{"name":1}]}',
      'json: cannot unmarshal number into Go struct field Workload.workloads.name of type gridtypes.Name',
    ],
    ['{"expiration":1.5}', 'unknown timestamp format, expecting a timestamp or an ISO-8601 date'],
    ['{"version":"x","expiration":"soon"}', 'unknown timestamp format, expecting a timestamp or an ISO-8601 date'],
    [
      '{"metadata":true,"version":"x"}',
      'json: cannot unmarshal bool into Go struct field Deployment.metadata of type string',
    ],
    [
      '{"signature_requirement":{"requests":[{"weight":-1}]}}',
      'json: cannot unmarshal number -1 into Go struct field SignatureRequest.signature_requirement.requests.weight of type uint',
    ],
    ['{"version":1', 'unexpected end of JSON input'],
    ['{"version":01}', `invalid character '1' after object key:value pair`],
  ])('is refused: %s', (text, message) => {
    expect(messageOf(text)).toBe(message)
  })

  it.each([
    [
      'zmachine',
      '{"env":{"A":1}}',
      'ZMachine',
      'json: cannot unmarshal number into Go struct field ZMachine.env of type string',
    ],
    ['zmachine', '5', 'ZMachine', 'json: cannot unmarshal number into Go value of type zos.ZMachine'],
    [
      'zmachine',
      '{"network":{"interfaces":[{"ip":5}]}}',
      'ZMachine',
      'json: cannot unmarshal number into Go struct field MachineInterface.network.interfaces.ip of type net.IP',
    ],
    ['zmachine', '{"network":{"interfaces":[{"ip":"1.2.3"}]}}', 'ZMachine', 'invalid IP address: 1.2.3'],
    [
      'zmachine',
      '{"gpu":[1]}',
      'ZMachine',
      'json: cannot unmarshal number into Go struct field ZMachine.gpu of type zos.GPU',
    ],
    [
      'zmachine',
      '{"flist":1,"network":{"mycelium":{"hex_seed":"zz"}}}',
      'ZMachine',
      `encoding/hex: invalid byte: U+007A 'z'`,
    ],
    [
      'zmachine-light',
      '{"network":{"mycelium":{"network":1}}}',
      'ZMachineLight',
      'json: cannot unmarshal number into Go struct field MyceliumIP.network.mycelium.Network of type gridtypes.Name',
    ],
    ['network', '{"subnet":"10.0.0.1"}', 'Network', 'invalid CIDR address: 10.0.0.1'],
    [
      'network',
      '{"wireguard_listen_port":65536}',
      'Network',
      'json: cannot unmarshal number 65536 into Go struct field Network.wireguard_listen_port of type uint16',
    ],
    [
      'gateway-name-proxy',
      '{"tls_passthrough":"yes"}',
      'GatewayNameProxy',
      'json: cannot unmarshal string into Go struct field GatewayNameProxy.GatewayBase.tls_passthrough of type bool',
    ],
    [
      'zdb',
      '{"size":18446744073709551616}',
      'ZDB',
      'json: cannot unmarshal number 18446744073709551616 into Go struct field ZDB.size of type gridtypes.Unit',
    ],
  ])('has data that is no %s: %s', (type, json, goType, message) => {
    expect(messageOf(data(type, json))).toBe(`failed to load data into object of type '*zos.${goType}': ${message}`)
  })

  it('has a bounded depth', () => {
    expect(messageOf(`{"x":${'['.repeat(100_000)}`)).toBe('exceeded max depth')
  })
})

describe('any text', () => {
  const good = JSON.stringify({
    version: 1,
    twin_id: 7,
    expiration: '2021-07-16T00:00:00Z',
    signature_requirement: { requests: [{ twin_id: 7, weight: 1 }] },
    workloads: [
      { version: 1, name: 'n', type: 'network', data: { subnet: '10.1.2.0/24', peers: [{ allowed_ips: ['::/0'] }] } },
      {
        version: 1,
        name: 'm',
        type: 'zmachine',
        data: { network: { interfaces: [{ ip: '1.2.3.4' }] }, env: { A: 'é' } },
      },
      { version: 1, name: 'g', type: 'gateway-fqdn-proxy', data: { fqdn: 'a.bc', backends: ['http://1.1.1.1:80'] } },
    ],
  })

  it('gets a verdict and never anything else thrown', () => {
    const piece = fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-1',
      '1e9',
      'null',
      'true',
      '\\u0000',
      '\\',
      'é',
      '\ud800',
      '',
    )
    const edit = fc.record({ at: fc.nat(good.length), cut: fc.nat(12), put: piece })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), edits => {
        let text = good
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut)
        const verdict = checkDeployment(text)
        if (!verdict.ok) expect(verdict.message).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })

  it('of any JSON gets one too', () => {
    const key = fc.constantFrom(
      'version',
      'workloads',
      'name',
      'type',
      'data',
      'size',
      'network',
      'env',
      'zmachine',
      'x',
    )
    const leaf = fc.oneof(
      fc.constantFrom('zmachine', 'zmount', 'network', 'zlogs', 'qsfs', 'a', ''),
      fc.double(),
      fc.constant(null),
    )
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree')), fc.dictionary(key, tie('tree'))),
    }))
    const workload = fc.record({ name: fc.constant('a'), type: leaf, data: tree })
    fc.assert(
      fc.property(fc.oneof(tree, fc.record({ workloads: fc.array(workload) })), value => {
        expect(checkDeployment(JSON.stringify(value) ?? '')).toHaveProperty('ok')
      }),
      { numRuns: 1000 },
    )
  })
})
