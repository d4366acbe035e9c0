/**
 * Whether a frame is the answer to a request, and what it says.
 *
 * An answer counts when it comes from the twin that was asked, for us, under the signature of that twin's account.
 * Only an error without a source is taken without a signature: the relay makes those, and a relay that wants to deny
 * us an answer can do so anyway. Source: threefoldtech/rmb-rs, src/relay/api.rs (send_error).
 */
import type { Verify } from '../chain/keys.js'
import type { Twin } from '../chain/port.js'
import { utf8Text } from '../core/bytes.js'
import { RmbError } from '../errors/rmb.js'
import { decrypt, type KeyAgreement } from './crypto.js'
import type { Envelope } from './envelope.js'
import { isSignedBy } from './signature.js'

export interface ReplyContext {
  readonly ownTwinId: number
  readonly verifier: Verify
  readonly keys: KeyAgreement
  /** `zos.deployment.get of twin 12`: for errors. */
  readonly what: string
}

/** True when the relay itself answers: it knows no better way than an error without a source. */
export function isFromRelay(envelope: Envelope): boolean {
  return envelope.source === undefined && envelope.message?.kind === 'error'
}

/** Why this is not the twin's answer, or undefined when it is. */
export function refusalOf(envelope: Envelope, twin: Twin, context: ReplyContext): RmbError | undefined {
  const { source, destination } = envelope
  if (source === undefined) return refused('names no sender', twin, context)
  if (source.twin !== twin.id) return refused(`comes from twin ${source.twin}`, twin, context)
  if (destination?.twin !== context.ownTwinId) return refused('is addressed to someone else', twin, context)
  if (envelope.signature === undefined) return refused('is not signed', twin, context)
  if (!isSignedBy(envelope, twin.account, context.verifier)) {
    return refused('is signed by another key', twin, context)
  }
  return undefined
}

/** The text of a response that was found to be the twin's.
 *
 * @throws {RmbError} RMB_REMOTE when it is an error; RMB_DECRYPT; RMB_ENVELOPE when it is not text
 */
export function readReply(envelope: Envelope, twin: Twin, context: ReplyContext): string {
  const { message, payload } = envelope
  if (message?.kind === 'error') throw remoteError(message, context, isFromRelay(envelope) ? 'relay' : 'twin')
  // A void answer is the JSON text null (tfgrid-sdk-go, peer/router.go); nothing at all means the same.
  if (!payload || payload.bytes.length === 0) return 'null'
  try {
    return utf8Text(payload.kind === 'plain' ? payload.bytes : open(payload.bytes, twin, context))
  } catch (cause) {
    if (cause instanceof RmbError) throw cause
    throw new RmbError('RMB_ENVELOPE', `the answer to ${context.what} is not UTF-8 text`, { cause })
  }
}

function open(sealed: Uint8Array, twin: Twin, context: ReplyContext): Uint8Array {
  if (!twin.pk) {
    throw new RmbError('RMB_DECRYPT', `the answer to ${context.what} is encrypted, but the twin has no public key`)
  }
  return decrypt(sealed, context.keys.with(twin.pk, twin.id))
}

function remoteError(
  error: { readonly code: number; readonly message: string },
  context: ReplyContext,
  from: 'twin' | 'relay',
): RmbError {
  const who = from === 'relay' ? 'the relay answered' : 'the answer is an error'
  const details = { remoteCode: error.code, remoteMessage: error.message, from }
  return new RmbError('RMB_REMOTE', `${context.what}: ${who}: ${error.message}`, { details })
}

function refused(problem: string, twin: Twin, context: ReplyContext): RmbError {
  return new RmbError('RMB_SIGNATURE', `an answer to ${context.what} ${problem}; it was not taken`, {
    details: { twinId: twin.id, account: twin.account },
    hint: 'somebody else answers for this twin, or its account key is not the one on chain',
  })
}
