import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'
import nacl from 'tweetnacl'

import { utf8, utf8Text } from '../core/bytes.js'
import { fromHex, toHex } from '../core/hex.js'
import { printJson } from '../core/json.js'
import { ZosError } from '../errors/zos.js'
import { deploymentDigest } from './challenge.js'
import type { Deployment, SignatureRequest } from './deployment.js'
import { readDeployment } from './read.js'
import { signDeployment, signedMessage } from './signature.js'
import { type VerifyPorts, verifyDeployment } from './verify.js'

const { vectors } = JSON.parse(
  readFileSync(new URL('../../test/vectors/zos-challenge.json', import.meta.url), 'utf8'),
) as { vectors: Record<string, { deployment: unknown }> }
const vector = (name: string): Deployment => readDeployment(printJson(vectors[name]?.deployment))

const keys = nacl.sign.keyPair.fromSeed(utf8('12345678901234567890123456789012'))
const otherKeys = nacl.sign.keyPair.fromSeed(utf8('another seed of exactly 32 bytes'))
const signerOf = (pair: nacl.SignKeyPair) => ({
  keyType: 'ed25519' as const,
  sign: (message: Uint8Array) => nacl.sign.detached(message, pair.secretKey),
})
const accounts: Readonly<Record<number, Uint8Array>> = { 7: keys.publicKey, 8: otherKeys.publicKey }
const ports: VerifyPorts = {
  publicKeyOf: twinId => accounts[twinId],
  verify: (type, message, signature, publicKey) =>
    type === 'ed25519' && signature.length === 64 && nacl.sign.detached.verify(message, signature, publicKey),
}
const me = { twinId: 7, signer: signerOf(keys) }
const other = { twinId: 8, signer: signerOf(otherKeys) }

const SIGNATURES = {
  zmount:
    '26af8f247f08751373b05a1bf34d9803768e129b728069ce346d999e6d05399b833b8ac4b520c4b327bb530f52e42056ae9ea7bc150a6bd2af80af02cb883703',
  polka:
    'c22c4b709f39ebaf631718c9d050544466c15f6ee328836a3cc11002dc483273e5ede6b48c25c72cfd8e82c4be6d2b8122d6fcdfa7345f2ee0e7b43e7294d605',
}

function asking(requests: Partial<SignatureRequest>[], weight_required: number | bigint = 1): Deployment {
  const deployment = vector('zmount')
  return {
    ...deployment,
    signature_requirement: {
      ...deployment.signature_requirement,
      requests: requests.map(request => ({ twin_id: 7, required: false, weight: 1, ...request })),
      weight_required,
    },
  }
}

function refusal(deployment: Deployment, by: VerifyPorts = ports): string {
  try {
    verifyDeployment(deployment, by)
    return 'accepted'
  } catch (error) {
    if (error instanceof ZosError && error.code === 'ZOS_SIGNATURE') return error.message
    throw error
  }
}

function edited(deployment: Deployment, change: { signature?: string; signature_type?: string; twin_id?: number }) {
  const { signature_requirement } = deployment
  const signatures = signature_requirement.signatures.map(signature => ({ ...signature, ...change }))
  return { ...deployment, signature_requirement: { ...signature_requirement, signatures } }
}

describe('signing a deployment', () => {
  it.each(Object.entries(SIGNATURES))('gives the signature that node code accepted: %s', (name, signature) => {
    const signed = signDeployment(vector(name), me)
    expect(signed.signature_requirement.signatures).toEqual([{ twin_id: 7, signature, signature_type: 'ed25519' }])
    expect(refusal(signed)).toBe('accepted')
  })

  it('is over the 16 bytes of the MD5, or over a text around its hex for wallets', () => {
    expect(signedMessage(vector('zmount'))).toEqual(fromHex('2a8f9a400ed6d4c46f74b9fb8ea351e1'))
    expect(utf8Text(signedMessage(vector('polka')))).toBe('<Bytes>409d51c54ed4e456073d6dfdd03039bc</Bytes>')
    expect(toHex(deploymentDigest(vector('polka')))).toBe('409d51c54ed4e456073d6dfdd03039bc')
  })

  it('changes nothing that was given, and replaces an earlier signature of the same twin only', () => {
    const deployment = asking([{}, { twin_id: 8 }])
    const once = signDeployment(signDeployment(deployment, me), other)
    expect(deployment.signature_requirement.signatures).toEqual([])
    expect(signDeployment(once, me).signature_requirement.signatures.map(signature => signature.twin_id)).toEqual([
      8, 7,
    ])
  })
})

describe('verifying a deployment', () => {
  const signed = signDeployment(vector('zmount'), me)

  it('takes hex in either case, and refuses a prefix or what is no hex', () => {
    const signature = signed.signature_requirement.signatures[0]?.signature ?? ''
    expect(refusal(edited(signed, { signature: signature.toUpperCase() }))).toBe('accepted')
    expect(refusal(edited(signed, { signature: `0x${signature}` }))).toBe(
      `invalid signature: encoding/hex: invalid byte: U+0078 'x'`,
    )
    expect(refusal(edited(signed, { signature: 'abc' }))).toBe('invalid signature: encoding/hex: odd length hex string')
  })

  it('takes every type but sr25519 for ed25519', () => {
    for (const signature_type of ['ed25519', '', 'SR25519', 'rsa']) {
      expect(refusal(edited(signed, { signature_type }))).toBe('accepted')
    }
    expect(refusal(edited(signed, { signature_type: 'sr25519' }))).toBe('failed to verify signature')
  })

  it('notices a changed deployment, a short signature and another account', () => {
    expect(refusal({ ...signed, metadata: 'x' })).toBe('failed to verify signature')
    expect(refusal(edited(signed, { signature: 'ab' }))).toBe('failed to verify signature')
    expect(refusal(signDeployment(vector('zmount'), { ...me, signer: signerOf(otherKeys) }))).toBe(
      'failed to verify signature',
    )
  })

  it('does not mind contract id, results and further signatures', () => {
    const { signature_requirement } = signed
    const [own] = signature_requirement.signatures
    const signatures = [{ twin_id: 99, signature: 'zz', signature_type: '' }, own!, { ...own!, signature: '00' }]
    expect(
      refusal({ ...signed, contract_id: 5n, signature_requirement: { ...signature_requirement, signatures } }),
    ).toBe('accepted')
  })

  it('wants the originator among the requests, and his signature even when it is not required', () => {
    expect(refusal(vector('zmount'))).toBe(`missing required signature for twin '7'`)
    expect(refusal(signDeployment(asking([{ twin_id: 8 }]), other))).toBe(
      'originator twin id must be in the signature requests',
    )
    expect(refusal(asking([]))).toBe('originator twin id must be in the signature requests')
  })

  it('skips no request, required or not', () => {
    const both = [{}, { twin_id: 8 }]
    expect(refusal(signDeployment(asking(both), me))).toBe('failed to verify signature')
    expect(refusal(signDeployment(asking([{}, { twin_id: 8, required: true }]), me))).toBe(
      `missing required signature for twin '8'`,
    )
    expect(refusal(signDeployment(signDeployment(asking(both, 2), me), other))).toBe('accepted')
  })

  it('adds up weights as 64-bit integers', () => {
    expect(refusal(signDeployment(asking([{}], 2), me))).toBe('required signature weight is not reached')
    expect(refusal(signDeployment(asking([{ weight: 0 }], 0), me))).toBe('accepted')
    expect(refusal(signDeployment(asking([{ weight: 2n ** 64n - 1n }, { weight: 1 }], 1), me))).toBe(
      'required signature weight is not reached',
    )
  })

  it('names a twin whose account cannot be had', () => {
    const twin9 = signDeployment(asking([{}, { twin_id: 9 }]), me)
    const expected = `failed to get public key for twin '9': could not get user with id '9': not found`
    expect(refusal(twin9)).toBe(expected)
    const throwing: VerifyPorts = {
      ...ports,
      publicKeyOf: twinId => {
        if (twinId === 9) throw new Error('not found')
        return accounts[twinId]
      },
    }
    expect(refusal(twin9, throwing)).toBe(expected)
  })
})
