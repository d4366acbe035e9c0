import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import { printJson } from '../core/json.js'
import { checkDeployment } from './check.js'
import { decodeDeployment } from './decode.js'
import type { Deployment } from './deployment.js'
import { validateDeployment } from './validate.js'

const { vectors } = JSON.parse(
  readFileSync(new URL('../../test/vectors/zos-challenge.json', import.meta.url), 'utf8'),
) as { vectors: Record<string, { deployment: unknown; node: { valid: string } }> }

type Parts = Record<string, unknown>

const GIB = 1024 ** 3
const KEY = '00'.repeat(32)

const network = (data: Parts = {}) =>
  workload('net1', 'network', {
    ip_range: '10.20.0.0/16',
    subnet: '10.20.2.0/24',
    wireguard_private_key: 'k',
    wireguard_listen_port: 3011,
    peers: [],
    ...data,
  })
const peer = (data: Parts = {}) => ({
  subnet: '10.20.3.0/24',
  wireguard_public_key: 'k',
  allowed_ips: ['10.20.3.0/24'],
  endpoint: '',
  ...data,
})
const machineData = (data: Parts = {}, net: Parts = {}) => ({
  flist: 'f',
  network: { public_ip: '', planetary: false, interfaces: [{ network: 'net1', ip: '10.20.2.5' }], ...net },
  size: 0,
  compute_capacity: { cpu: 1, memory: 2 * GIB },
  mounts: [],
  entrypoint: '',
  env: {},
  ...data,
})
const machine = (data: Parts = {}, net: Parts = {}, name = 'vm1') => workload(name, 'zmachine', machineData(data, net))
const light = (data: Parts = {}, net: Parts = {}) => workload('vm1', 'zmachine-light', machineData(data, net))
const gateway = (data: Parts) => workload('gw', 'gateway-name-proxy', { name: 'app', tls_passthrough: false, ...data })
const zlogs = (data: Parts) => workload('logs', 'zlogs', { zmachine: 'vm1', output: 'redis://1.1.1.1/ch', ...data })

function workload(name: string, type: string, data: unknown, rest: Parts = {}) {
  return { version: 0, name, type, data, ...rest }
}

function verdict(...workloads: unknown[]) {
  return checkDeployment(printJson({ version: 0, twin_id: 7, workloads }))
}

describe('the verdict of a node', () => {
  it.each(Object.entries(vectors))('on vector %s', (_, { deployment, node }) => {
    const found = checkDeployment(printJson(deployment))
    expect(found.ok ? 'ok' : found.message).toBe(node.valid)
  })

  it.each<[string, unknown[]]>([
    ['nothing at all', []],
    ['any metadata', [workload('v', 'volume', { size: 1 }, { metadata: 'm'.repeat(10_000) })]],
    ['keys in any case, and keys nobody knows', [workload('v', 'volume', { SIZE: 1, __type: 'x' })]],
    ['the longest name', [workload('x'.repeat(36), 'volume', { size: 1 })]],
    ['a network of odd masks', [network({ ip_range: '1.2.3.4/5', subnet: '::1/128' })]],
    ['a network without mycelium', [network()]],
    [
      'the smallest machine',
      [machine({ compute_capacity: { cpu: 1, memory: 250 * 1024 ** 2 }, size: 500 * 1024 ** 2 })],
    ],
    ['a machine of 255 cores', [machine({ compute_capacity: { cpu: 255, memory: 2 * GIB } })]],
    ['a machine at an IPv6 address', [machine({}, { interfaces: [{ network: 'n', ip: 'fe80::1' }] })]],
    ['a machine with a public address', [machine({}, { public_ip: 'ip1' }), workload('ip1', 'ip', { v4: true })]],
    ['the older public address', [machine({}, { public_ip: 'ip1' }), workload('ip1', 'ipv4', {})]],
    [
      'a "public address" of another type, and then nothing else is looked at',
      [
        machine({}, { public_ip: 'v', interfaces: [{ network: 'ygg', ip: '1.1.1.1' }] }),
        workload('v', 'volume', { size: 1 }),
      ],
    ],
    ['a light machine without mycelium', [light()]],
    ['a seed under the key without a tag', [machine({}, { mycelium: { Network: 'n', hex_seed: '001122334455' } })]],
    ['several backends', [gateway({ backends: ['http://1.1.1.1', 'http://[2001:db8::1]:80/x'] })]],
    ['loopback behind passthrough', [gateway({ tls_passthrough: true, backends: ['127.0.0.1:443', '[::1]:443'] })]],
    ['logs to web sockets', [machine(), zlogs({ output: 'WSS://logs.example/x' })]],
    [
      'qsfs with as many shards as needed',
      [workload('q', 'qsfs', { config: { minimal_shards: 2, expected_shards: 2 } })],
    ],
  ])('is favourable to %s', (_, workloads) => {
    expect(verdict(...workloads)).toMatchObject({ ok: true })
  })

  const memory = (bytes: number) => machine({ compute_capacity: { cpu: 1, memory: bytes } })
  it.each<[string, unknown[]]>([
    ['name cannot be empty', [workload('', 'ipv4', {})]],
    ['name cannot exceed 36 characters', [workload('x'.repeat(37), 'ipv4', {})]],
    ['name cannot exceed 36 characters', [workload('é'.repeat(19), 'ipv4', {})]],
    ['unsupported character in workload name', [workload('a-b', 'ipv4', {})]],
    ['unsupported character in workload name', [workload('a\n', 'ipv4', {})]],
    [`invalid name 'ygg' is reserved`, [workload('ygg', 'ipv4', {})]],
  ])('on a name: %s', (message, workloads) => {
    const name = (workloads[0] as { name: string }).name
    expect(verdict(...workloads)).toMatchObject({ ok: false, message: `name '${name}' is invalid: ${message}` })
  })

  it.each<[string, unknown[]]>([
    [
      `workload 'a' version '1' cannot be higher than deployment version '0'`,
      [workload('a', 'ipv4', {}, { version: 1 })],
    ],
    [`multiple workloads with the same name 'a'`, [workload('a', 'ipv4', {}), workload('a', 'volume', { size: 1 })]],
    [`invalid reservation type 'container'`, [workload('a', 'container', {})]],
    [`invalid reservation type '__proto__'`, [workload('a', '__proto__', {})]],
    [
      `failed to load data into object of type '*zos.PublicIP4': unexpected end of JSON input`,
      [workload('a', 'ipv4', undefined)],
    ],
    ['interface conversion: interface is nil, not gridtypes.WorkloadData', [workload('a', 'ipv4', null)]],

    ['invalid size', [workload('a', 'zmount', { size: 0 })]],
    ['invalid size', [workload('a', 'volume', {})]],
    ['invalid size', [workload('a', 'zdb', { mode: 'seq' })]],
    ['invalid mode', [workload('a', 'zdb', { size: 1, mode: 'fast' })]],
    ['public ip workload with no selections', [workload('a', 'ip', {})]],
    [
      `minimal shards can't be greater than expected shards`,
      [workload('q', 'qsfs', { config: { minimal_shards: 1 } })],
    ],

    ['network IP range cannot be empty', [network({ ip_range: '' })]],
    ['network resource subnet cannot empty', [network({ subnet: undefined })]],
    ['network resource wireguard private key cannot empty', [network({ wireguard_private_key: '' })]],
    ['peer wireguard subnet cannot empty', [network({ peers: [peer({ subnet: '' })] })]],
    ['peer wireguard allowedIPs cannot empty', [network({ peers: [peer(), peer({ allowed_ips: [] })] })]],
    ['peer wireguard public key cannot empty', [network({ peers: [peer({ wireguard_public_key: '' })] })]],
    ['invalid mycelium key length, expected 32', [network({ mycelium: { hex_key: '00' } })]],
    [
      'user defined peers list is not supported right now',
      [network({ mycelium: { hex_key: KEY, peers: ['tcp://a:1'] } })],
    ],
    ['network resource subnet cannot empty', [workload('n', 'network-light', { mycelium: { hex_key: KEY } })]],
    ['invalid mycelium key length, expected 32', [workload('n', 'network-light', { subnet: '10.20.2.0/24' })]],

    ['only one network private network is supported at the moment', [machine({}, { interfaces: [] })]],
    ['invalid IP', [machine({}, { interfaces: [{ network: 'n', ip: '' }] })]],
    [`cpu capacity can't be 0`, [machine({ compute_capacity: { cpu: 0, memory: 2 * GIB } })]],
    [`mem capacity can't be less that 250M`, [memory(262144000 - 1)]],
    [`disk size can't be less that 524288000. Set to 0 for minimum`, [machine({ size: 524287999 })]],
    [
      `disk size can't be less that 2147483648. Set to 0 for minimum`,
      [machine({ size: 2 * GIB - 1, compute_capacity: { cpu: 4, memory: 2 * GIB } })],
    ],
    ['public ip is not found', [machine({}, { public_ip: 'ip1' })]],
    ['public ip is not found', [workload('ip1', 'ip', { v4: true }), machine({}, { public_ip: 'ip-1' })]],
    [
      'public ip is assigned to multiple vms',
      [
        machine({}, { public_ip: 'ip1' }),
        machine({}, { public_ip: 'ip1' }, 'vm2'),
        workload('ip1', 'ip', { v4: true }),
      ],
    ],
    [
      'json: cannot unmarshal string into Go struct field MachineCapacity.compute_capacity.cpu of type uint8',
      [
        machine({}, { public_ip: 'ip1' }),
        machine({ compute_capacity: { cpu: '1' } }, {}, 'vm2'),
        workload('ip1', 'ip', { v4: true }),
      ],
    ],
    [`'mycelium' is reserved network name`, [machine({}, { interfaces: [{ network: 'mycelium', ip: '1.1.1.1' }] })]],
    [`'pub' is reserved network name`, [light({}, { interfaces: [{ network: 'pub', ip: '1.1.1.1' }] })]],
    ['invalid mycelium seed length expected 6 bytes', [machine({}, { mycelium: { hex_seed: '00' } })]],
    ['invalid mycelium seed length expected 6 bytes', [light({}, { mycelium: {} })]],

    ['name a.b is invalid', [gateway({ name: 'a.b', backends: ['http://1.1.1.1'] })]],
    ['fqdn app is invalid', [workload('g', 'gateway-fqdn-proxy', { fqdn: 'app', backends: ['http://1.1.1.1'] })]],
    ['fqdn a.b is invalid', [workload('g', 'gateway-fqdn-proxy', { fqdn: 'a.b', backends: ['http://1.1.1.1'] })]],
    ['backends list can not be empty', [gateway({ backends: [] })]],
    [
      `failed to validate backend 'https://1.1.1.1': scheme expected to be http`,
      [gateway({ backends: ['https://1.1.1.1'] })],
    ],
    [
      `failed to validate backend 'http://host': invalid ip address in backend: host`,
      [gateway({ backends: ['http://host'] })],
    ],
    [
      `failed to validate backend 'http://127.0.0.1': invalid ip address in backend: 127.0.0.1`,
      [gateway({ backends: ['http://127.0.0.1'] })],
    ],
    [
      `failed to validate backend '1.1.1.1:80': failed to parse backend with error: parse "1.1.1.1:80": first path segment in URL cannot contain colon`,
      [gateway({ backends: ['1.1.1.1:80'] })],
    ],
    [
      `failed to validate backend '1.1.1.1': failed to parse backend 1.1.1.1 with error: failed to parse backend 1.1.1.1 with error: address 1.1.1.1: missing port in address`,
      [gateway({ tls_passthrough: true, backends: ['1.1.1.1'] })],
    ],
    [
      `failed to validate backend 'host:80': failed to parse backend host:80 with error: invalid ip`,
      [gateway({ tls_passthrough: true, backends: ['host:80'] })],
    ],
    [
      `failed to validate backend '1.1.1.1:x': failed to parse backend 1.1.1.1:x with error: invalid port in backend: x`,
      [gateway({ tls_passthrough: true, backends: ['1.1.1.1:x'] })],
    ],
    [
      `failed to validate backend '1.1.1.1:65536': failed to parse backend 1.1.1.1:65536 with error: port '65536' must be <= 65535`,
      [gateway({ tls_passthrough: true, backends: ['1.1.1.1:65536'] })],
    ],
    [`no zmachine with name 'vm1' found`, [zlogs({})]],
    [`no zmachine with name 'vm1' found`, [light(), zlogs({})]],
    [`invalid output schema 'http' not supported`, [machine(), zlogs({ output: 'http://a' })]],
    [`invalid output schema '' not supported`, [machine(), zlogs({ output: '' })]],
    [`invalid url supplied in output: parse ":a": missing protocol scheme`, [machine(), zlogs({ output: ':a' })]],
  ])('is: %s', (message, workloads) => {
    expect(verdict(...workloads)).toMatchObject({ ok: false, message })
  })

  it('comes of the first failure in list order, and data further down is not even read', () => {
    const broken = workload('b', 'zmount', { size: 'x' })
    expect(verdict(workload('a', 'zmount', { size: 0 }), broken)).toEqual({
      ok: false,
      message: 'invalid size',
      where: 'workloads[0] a',
    })
    expect(verdict(workload('a', 'ipv4', {}), broken)).toMatchObject({ where: 'workloads[1] b' })
  })

  it('is the same for text, for what was decoded, and for a deployment made here', () => {
    const text = printJson({ version: 0, twin_id: 7, workloads: [network({ subnet: 'FE80::/064' }), machine()] })
    const first = checkDeployment(text)
    expect(first.ok).toBe(true)
    expect(checkDeployment(decodeDeployment(text))).toEqual(first)
    expect(checkDeployment((first as { deployment: Deployment }).deployment)).toEqual(first)
  })

  it('names the envelope when that is what is wrong', () => {
    expect(checkDeployment('{"version":"0"}')).toEqual({
      ok: false,
      message: 'json: cannot unmarshal string into Go struct field Deployment.version of type uint32',
      where: 'deployment',
    })
    expect(checkDeployment('nonsense')).toMatchObject({ ok: false, where: 'deployment' })
  })

  it('is thrown by validateDeployment', () => {
    const refused = {
      ...decodeDeployment('{"twin_id":7}'),
      workloads: [{ ...workload('a', 'zmount', { size: 0n }), result: {} }],
    } as unknown as Deployment
    expect(() => validateDeployment(refused)).toThrow(
      expect.objectContaining({ code: 'ZOS_INVALID', message: 'invalid size', where: 'workloads[0] a' }),
    )
  })
})
