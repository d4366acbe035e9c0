/** What one session of a twin writes: requests, answers, pings and the tokens it shows to a relay. */
import { randomUUID } from 'node:crypto'

import type { Identity, Signer } from '../chain/identity.js'
import type { Twin } from '../chain/port.js'
import { equalBytes, utf8 } from '../core/bytes.js'
import type { Clock } from '../core/clock.js'
import { encrypt, KeyAgreement } from './crypto.js'
import { type Address, type Envelope, encodeEnvelope, JSON_SCHEMA, type Message, type Payload } from './envelope.js'
import { signEnvelope } from './signature.js'
import { makeToken } from './token.js'

export interface AuthorOptions {
  readonly twinId: number
  /** Absent for the twin's nameless session. */
  readonly sessionId?: string
  readonly identity: Identity
  readonly clock: Clock
}

export interface Letter {
  readonly uid: string
  readonly to: Address
  readonly message: Message
  readonly expirationSeconds: number
  readonly payload?: Payload
  /** Instead of the twin's own account. */
  readonly signer?: Signer
}

/** As long as the peer's Rust client asks for (threefoldtech/rmb-rs, src/peer/con.rs). */
const TOKEN_SECONDS = 300
const PING_SECONDS = 40

export class Author {
  readonly keys: KeyAgreement
  readonly address: Address
  readonly #options: AuthorOptions

  constructor(options: AuthorOptions) {
    this.#options = options
    this.keys = new KeyAgreement(options.identity)
    this.address = {
      twin: options.twinId,
      ...(options.sessionId === undefined ? {} : { connection: options.sessionId }),
    }
  }

  /** Signed, but not yet bytes. */
  write(letter: Letter): Envelope {
    const unsigned: Envelope = {
      uid: letter.uid,
      timestamp: BigInt(this.#nowSeconds()),
      expiration: BigInt(letter.expirationSeconds),
      source: this.address,
      destination: letter.to,
      message: letter.message,
      schema: JSON_SCHEMA,
      ...(letter.payload === undefined ? {} : { payload: letter.payload }),
      relays: [],
    }
    return signEnvelope(unsigned, letter.signer ?? this.#options.identity)
  }

  /** Encrypted when `to` can read it and finds our key under `own` on chain; nothing stays nothing.
   *
   * @throws {RmbError} RMB_TWIN when the other side's key is no key
   */
  seal(text: string, to: Twin, own: Twin | undefined): Payload {
    const bytes = utf8(text)
    if (bytes.length === 0 || !to.pk || !own?.pk || !equalBytes(own.pk, this.keys.publicKey)) {
      return { kind: 'plain', bytes }
    }
    return { kind: 'cipher', bytes: encrypt(bytes, this.keys.with(to.pk, to.id)) }
  }

  /** Pings need no signature. */
  ping(): Uint8Array {
    return encodeEnvelope({
      uid: randomUUID(),
      timestamp: BigInt(this.#nowSeconds()),
      expiration: BigInt(PING_SECONDS),
      source: this.address,
      destination: { twin: 0 },
      message: { kind: 'ping' },
      relays: [],
    })
  }

  token(): string {
    const iat = this.#nowSeconds()
    const { identity, twinId: sub, sessionId: sid } = this.#options
    return makeToken(identity, { sub, iat, exp: iat + TOKEN_SECONDS, ...(sid === undefined ? {} : { sid }) })
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000)
  }
}
