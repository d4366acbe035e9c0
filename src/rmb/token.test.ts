import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import type { Identity } from '../chain/identity.js'
import { createIdentity, loadVerifier, type Verify } from '../chain/keys.js'
import { RmbError } from '../errors/rmb.js'
import { checkToken, makeToken, parseToken, type TokenClaims } from './token.js'

const claims: TokenClaims = { sub: 42, iat: 1000, exp: 1300, sid: 'k3j2h1g0f9' }
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

let verify: Verify
let me: Identity
let other: Identity

beforeAll(async () => {
  verify = await loadVerifier()
  me = await createIdentity('0a'.repeat(32))
  other = await createIdentity('0b'.repeat(32), 'ed25519')
})

describe('a relay token', () => {
  it('has the header the relays know, its claims and 65 bytes of signature', () => {
    const [header, body, signature] = makeToken(me, claims).split('.') as [string, string, string]
    expect(Buffer.from(header, 'base64url').toString()).toBe('{"alg":"RS512","typ":"JWT"}')
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toEqual(claims)
    expect(Buffer.from(signature, 'base64url')).toHaveLength(65)
  })

  it('holds for the account that made it, of either key type, until it expires', () => {
    for (const account of [me, other]) {
      const token = parseToken(makeToken(account, claims))
      expect(token.claims).toEqual(claims)
      expect(() => checkToken(token, account.address, verify, 1299)).not.toThrow()
      expect(() => checkToken(token, account.address, verify, 1300)).toThrow(/expired 0 s ago/)
      expect(() => checkToken(token, account.address, verify, 1400)).toThrow(/expired 100 s ago/)
    }
    expect(() => checkToken(parseToken(makeToken(me, claims)), other.address, verify, 1299)).toThrow(/not signed by/)
  })

  it('needs no session name', () => {
    const { sid: _, ...nameless } = claims
    expect(parseToken(makeToken(me, nameless)).claims).toEqual(nameless)
    expect(parseToken(`${encode({})}.${encode({ ...nameless, sid: null })}.AA`).claims).toEqual(nameless)
    expect(parseToken(`${encode({})}.${encode({ ...nameless, sid: '' })}.AA`).claims).toEqual(nameless)
  })

  it('does not hold with other claims under the same signature', () => {
    const [header, , signature] = makeToken(me, claims).split('.') as [string, string, string]
    const forged = parseToken(`${header}.${encode({ ...claims, sub: 43 })}.${signature}`)
    expect(() => checkToken(forged, me.address, verify, 1200)).toThrow(/not signed by the account of twin 43/)
  })

  it.each<[string, string, RegExp]>([
    ['nothing', '', /three base64url texts/],
    ['two parts', 'a.b', /three base64url texts/],
    ['four parts', 'a.b.c.d', /three base64url texts/],
    ['padding', 'YQ==.YQ.YQ', /three base64url texts/],
    ['claims that are not JSON', 'YQ.YQ.YQ', /not JSON/],
    ['claims that are null', `YQ.${encode(null)}.YQ`, /not an object/],
    ['claims that are a list', `YQ.${encode([])}.YQ`, /sub is not a twin id/],
    ['a twin as text', `YQ.${encode({ ...claims, sub: '42' })}.YQ`, /sub is not a twin id/],
    ['a twin beyond 32 bits', `YQ.${encode({ ...claims, sub: 2 ** 32 })}.YQ`, /sub is not a twin id/],
    ['an end that is no time', `YQ.${encode({ ...claims, exp: 'never' })}.YQ`, /unix seconds/],
    ['a session that is no text', `YQ.${encode({ ...claims, sid: {} })}.YQ`, /not a session name/],
    ['an endless session', `YQ.${encode({ ...claims, sid: 'x'.repeat(129) })}.YQ`, /not a session name/],
    ['too much of everything', 'a'.repeat(3000), /more than 2048 characters/],
  ])('with %s is refused with the reason', (_name, text, reason) => {
    expect(() => parseToken(text)).toThrow(reason)
    expect(() => parseToken(text)).toThrow(expect.objectContaining({ code: 'RMB_UNAUTHORIZED' }))
  })

  it('is parsed or refused, whatever the text', () => {
    const parses = (text: string) => {
      try {
        parseToken(text)
      } catch (error) {
        if (!(error instanceof RmbError)) throw error
      }
    }
    fc.assert(fc.property(fc.string({ maxLength: 200 }), parses), { numRuns: 1000 })
    fc.assert(
      fc.property(fc.json(), fc.json(), (header, body) =>
        parses(`${Buffer.from(header).toString('base64url')}.${Buffer.from(body).toString('base64url')}.AA`),
      ),
      { numRuns: 500 },
    )
  })
})
