import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import fc from 'fast-check'

import { compareBytes, utf8 } from '../core/bytes.js'
import { toHex } from '../core/hex.js'
import { printJson } from '../core/json.js'
import { canonicalDeployment } from './canonical.js'
import { deploymentChallenge, deploymentChallengeBytes, deploymentDigest, deploymentHash } from './challenge.js'
import { decodeDeployment, typedDeployment } from './decode.js'
import type { Deployment, Workload, WorkloadOf } from './deployment.js'
import { encodeDeployment, encodeWorkloads } from './encode.js'
import { readDeployment, readDeployments, readWorkloads } from './read.js'
import { emptyResult } from './results.js'

interface Vector {
  deployment: unknown
  node: { challenge?: string; md5?: string; valid: string }
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../test/vectors/zos-challenge.json', import.meta.url), 'utf8'),
) as { vectors: Record<string, Vector> }

describe('the challenge of a deployment', () => {
  const hashed = Object.entries(vectors).filter(([, vector]) => vector.node.challenge !== undefined)

  it.each(hashed)('is what a node hashes: %s', (_, { deployment, node }) => {
    const typed = typedDeployment(decodeDeployment(printJson(deployment)))
    expect(deploymentChallenge(typed)).toBe(node.challenge)
    expect(deploymentHash(typed)).toBe(node.md5)
  })

  it.each(hashed)('is the same after a deployment was encoded and read again: %s', (_, { deployment, node }) => {
    const typed = readDeployment(encodeDeployment(typedDeployment(decodeDeployment(printJson(deployment)))))
    expect(deploymentHash(typed)).toBe(node.md5)
  })
})

const machine = (env: Record<string, string> = {}): WorkloadOf<'zmachine'> => ({
  version: 0,
  name: 'vm1',
  type: 'zmachine',
  metadata: '',
  description: '',
  result: emptyResult(),
  data: {
    flist: 'f',
    network: { public_ip: '', planetary: false, interfaces: [{ network: 'net1', ip: '10.20.2.5' }] },
    size: 0n,
    compute_capacity: { cpu: 1, memory: 2147483648n },
    mounts: [],
    entrypoint: '',
    env,
    corex: false,
  },
})
const network = (data: Partial<WorkloadOf<'network'>['data']> = {}): Workload => ({
  ...machine(),
  name: 'net1',
  type: 'network',
  data: {
    ip_range: '10.20.0.0/16',
    subnet: '10.20.2.0/24',
    wireguard_private_key: 'k',
    wireguard_listen_port: 3011,
    peers: [],
    ...data,
  },
})

function deployment(...workloads: Workload[]): Deployment {
  return {
    version: 0,
    twin_id: 7,
    contract_id: 0n,
    metadata: '',
    description: '',
    expiration: 0n,
    signature_requirement: { requests: [], weight_required: 0, signatures: [], signature_style: '' },
    workloads,
  }
}

describe('values a node prints differently', () => {
  it('are hashed and sent as the node prints them', () => {
    const raw = deployment(
      network({
        ip_range: '10.20.0.9/016',
        subnet: '::ffff:10.20.2.0/120',
        peers: [
          { subnet: 'FE80::0/64', wireguard_public_key: 'p', allowed_ips: ['2001:DB8:0:0::1/128'], endpoint: '' },
        ],
        mycelium: { hex_key: 'AB'.repeat(32), peers: [] },
      }),
    )
    expect(deploymentChallenge(raw)).toBe(
      `0700net1network10.20.0.9/1610.20.2.0/24k3011pfe80::/642001:db8::1/128${'ab'.repeat(32)}0`,
    )
    const sent = readDeployment(encodeDeployment(raw))
    expect(sent).toEqual(canonicalDeployment(raw))
    expect(canonicalDeployment(sent)).toEqual(sent)
  })

  it('are lone surrogates too, field by field', () => {
    const raw = { ...deployment(), metadata: 'a\ud83d', description: '\ude00b' }
    expect(deploymentChallenge(raw)).toBe('07a\ufffd\ufffdb00')
    expect(deploymentHash(readDeployment(encodeDeployment(raw)))).toBe(deploymentHash(raw))
  })

  it('cannot be hashed when no node could read them', () => {
    for (const hash of [deploymentHash, encodeDeployment]) {
      expect(() => hash(deployment(network({ subnet: '10.20.2.0' })))).toThrow(
        expect.objectContaining({
          code: 'ZOS_DECODE',
          where: 'net1',
          message: `failed to load data into object of type '*zos.Network': invalid CIDR address: 10.20.2.0`,
        }),
      )
    }
  })
})

describe('the hash of a deployment', () => {
  it('is 32 lower-case hex digits of the MD5 that is signed', () => {
    const one = deployment(machine())
    expect(deploymentHash(one)).toMatch(/^[0-9a-f]{32}$/)
    expect(toHex(deploymentDigest(one))).toBe(deploymentHash(one))
    expect(deploymentChallengeBytes(one)).toEqual(utf8(deploymentChallenge(one)))
  })

  it('leaves out contract id, signatures, results and corex', () => {
    const one = deployment(machine())
    const other = deployment({
      ...machine(),
      data: { ...machine().data, corex: true },
      result: { ...emptyResult(), state: 'ok' },
    })
    const signatures = [{ twin_id: 7, signature: 'ab', signature_type: 'sr25519' }]
    const changed = { ...other, contract_id: 9n, signature_requirement: { ...other.signature_requirement, signatures } }
    expect(deploymentHash(changed)).toBe(deploymentHash(one))
  })

  it('depends on the order of workloads, not on that of keys', () => {
    const [a, b] = [machine(), network()]
    expect(deploymentHash(deployment(a, b))).not.toBe(deploymentHash(deployment(b, a)))
    const { metadata, ...rest } = deployment(a, b)
    expect(deploymentHash({ ...rest, metadata })).toBe(deploymentHash(deployment(a, b)))
  })

  const key = fc.string({ unit: fc.constantFrom('A', 'b', '_', 'é', '\ue000', '\uffff', '\u{1f600}'), maxLength: 4 })
  it('has the environment in the order of its bytes, in whatever order it was given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, fc.string({ maxLength: 3 })), { selector: ([k]) => k }), pairs => {
        const sorted = pairs.toSorted(([a], [b]) => compareBytes(utf8(a), utf8(b)))
        const text = sorted.map(([k, v]) => `${k}=${v}`).join('')
        for (const order of [pairs, sorted, sorted.toReversed()]) {
          const challenge = deploymentChallenge(deployment(machine(Object.fromEntries(order))))
          expect(challenge).toBe(`0700vm1zmachineffalsenet110.20.2.5012147483648${text}0`)
        }
      }),
    )
  })

  it('is the same after any number of trips over the wire', () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    const cidr = fc.oneof(
      fc.tuple(fc.ipV4(), fc.nat(32)).map(([ip, bits]) => `${ip}/${bits}`),
      fc.tuple(fc.ipV6(), fc.nat(128)).map(([ip, bits]) => `${ip}/${bits}`),
    )
    const text = fc.string({ unit: 'binary', maxLength: 6 })
    const workload = fc.oneof(
      fc.record({ size: u64 }).map(data => ({ ...machine(), type: 'volume', data }) as Workload),
      fc
        .record({ size: u64, mode: fc.constant('seq'), password: text, public: fc.boolean() })
        .map(data => ({ ...machine(), type: 'zdb', data }) as Workload),
      fc.record({ ip_range: cidr, subnet: cidr, wireguard_private_key: text }).map(network),
      fc.dictionary(text, text).map(machine),
    )
    fc.assert(
      fc.property(fc.array(workload, { maxLength: 4 }), text, u64, (workloads, metadata, contract_id) => {
        const one = { ...deployment(...workloads), metadata, contract_id }
        const once = readDeployment(encodeDeployment(one))
        expect(deploymentHash(once)).toBe(deploymentHash(one))
        expect(readDeployment(encodeDeployment(once))).toEqual(once)
        expect(once.contract_id).toBe(contract_id)
      }),
      { numRuns: 200 },
    )
  })
})

describe('what nodes answer', () => {
  it('is read with results of any state', () => {
    const states = ['init', 'ok', 'error', 'paused', 'deleted', 'unchanged'] as const
    const workloads = states.map((state, index) => ({
      ...machine(),
      name: state,
      result: { created: 1700000000 + index, state, message: 'm', data: { big: 2n ** 60n } },
    }))
    const answer = deployment(...workloads)
    expect(readDeployment(encodeDeployment(answer))).toEqual(answer)
    expect(readDeployments(`[${encodeDeployment(answer)}]`)).toEqual([answer])
    expect(readWorkloads(encodeWorkloads(workloads))).toEqual(workloads)
  })

  it('may be nothing', () => {
    expect(readDeployments('null')).toEqual([])
    expect(readWorkloads('null')).toEqual([])
  })

  it.each(['null', 'x', '[]', '{"workloads":[{"type":"container","data":{}}]}'])('is refused when it is %s', text => {
    expect(() => readDeployment(text)).toThrow(expect.objectContaining({ code: 'ZOS_DECODE' }))
  })
})

describe('speed', () => {
  it('validates and hashes a thousand machines in a fraction of a second', () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      deployment({ ...machine({ SSH_KEY: 'k' }), name: `vm${index}` }),
    )
    const started = performance.now()
    for (const one of many) deploymentHash(one)
    expect(performance.now() - started).toBeLessThan(2000) // about 15 ms on an idle machine
  })
})
