/**
 * The token a twin shows to a relay: a JWT in form, whose signature is that of the twin's account.
 *
 * The header names RS512 and means nothing by it. Sources: threefoldtech/rmb-rs, src/token;
 * threefoldtech/tfgrid-sdk-go, rmb-sdk-go/peer/jwt.go.
 */

import type { Signer } from '../chain/identity.js'
import type { Verify } from '../chain/keys.js'
import { utf8 } from '../core/bytes.js'
import { RmbError } from '../errors/rmb.js'
import { signTagged, verifyTagged } from './signature.js'

export interface TokenClaims {
  /** The twin. */
  readonly sub: number
  /** Unix seconds. */
  readonly iat: number
  /** Unix seconds. */
  readonly exp: number
  /** The session; absent for the twin's nameless one. */
  readonly sid?: string
}

export interface Token {
  readonly claims: TokenClaims
  /** What the account signed: header and claims as they were sent. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** The longest text that is looked at, and the longest session name in it. */
const MAX_TOKEN_CHARS = 2048
const MAX_SESSION_CHARS = 128

const HEADER = base64url(utf8('{"alg":"RS512","typ":"JWT"}'))

/** A token for one connection; make a fresh one for each, they are short-lived.
 *
 * @example new WebSocket(`${relayUrl}?${makeToken(identity, { sub: 42, iat: now, exp: now + 60, sid: 'a1' })}`)
 */
export function makeToken(signer: Signer, claims: TokenClaims): string {
  const { sub, iat, exp, sid } = claims
  const body = base64url(utf8(JSON.stringify({ sub, iat, exp, ...(sid === undefined ? {} : { sid }) })))
  const signed = `${HEADER}.${body}`
  return `${signed}.${base64url(signTagged(utf8(signed), signer))}`
}

/** The parts of a token; nothing is verified yet.
 *
 * @throws {RmbError} RMB_UNAUTHORIZED when it is not a token in form
 */
export function parseToken(text: string): Token {
  if (text.length > MAX_TOKEN_CHARS) throw refused(`it has more than ${MAX_TOKEN_CHARS} characters`)
  const match = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(text)
  if (!match) throw refused('it is not three base64url texts joined by dots')
  const [, header, body, signature] = match as unknown as [string, string, string, string]

  return {
    claims: parseClaims(body),
    signed: utf8(`${header}.${body}`),
    signature: new Uint8Array(Buffer.from(signature, 'base64url')),
  }
}

/** Ends quietly when the token is alive and the account signed it.
 *
 * @throws {RmbError} RMB_UNAUTHORIZED
 */
export function checkToken(token: Token, account: string, verify: Verify, nowSeconds: number): void {
  if (token.claims.exp <= nowSeconds) {
    throw refused(`it expired ${Math.ceil(nowSeconds - token.claims.exp)} s ago`, 'compare the clocks of both sides')
  }
  if (!verifyTagged(token.signed, token.signature, account, verify)) {
    throw refused(`it is not signed by the account of twin ${token.claims.sub}`)
  }
}

function parseClaims(body: string): TokenClaims {
  let claims: unknown
  try {
    claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  } catch (cause) {
    throw refused('its claims are not JSON', undefined, cause)
  }
  if (typeof claims !== 'object' || claims === null) throw refused('its claims are not an object')

  const { sub, iat, exp, sid } = claims as Record<string, unknown>
  if (!isWhole(sub) || sub > 0xffffffff) throw refused('its claim sub is not a twin id')
  if (!isWhole(iat) || !isWhole(exp)) throw refused('its claims iat and exp are not unix seconds')
  if (sid === undefined || sid === null || sid === '') return { sub, iat, exp }
  if (typeof sid !== 'string' || sid.length > MAX_SESSION_CHARS) throw refused('its claim sid is not a session name')
  return { sub, iat, exp, sid }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

function refused(problem: string, hint?: string, cause?: unknown): RmbError {
  return new RmbError('RMB_UNAUTHORIZED', `the relay token is refused: ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  })
}
