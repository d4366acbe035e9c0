/**
 * Who may open a session: the query of the upgrade request is a token of the twin's account, and nothing else.
 *
 * Source: threefoldtech/rmb-rs, src/relay/api.rs; statuses: 400 no token, 401 a token that does not hold or an unknown
 * twin, 404 any other path.
 */
import type { Verify } from '../../chain/keys.js'
import { isHyphaeError } from '../../errors/base.js'
import type { Address } from '../../rmb/envelope.js'
import { checkToken, parseToken } from '../../rmb/token.js'
import type { ChainView } from '../ports.js'

export type Admission =
  | { readonly kind: 'admitted'; readonly session: Address }
  | { readonly kind: 'refused'; readonly status: 400 | 401 | 404 | 500; readonly reason: string }

export interface GatekeeperOptions {
  readonly chain: Pick<ChainView, 'twin'>
  readonly verifier: Verify
  readonly nowMs: () => number
}

/** Decides by the request target: `/?<token>`. Never throws. */
export function admit(target: string, options: GatekeeperOptions): Admission {
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const query = question === -1 ? '' : target.slice(question + 1)
  if (path !== '/' && path !== '') return refused(404, 'there is nothing here; sessions are opened at /')
  if (query === '') return refused(400, 'missing token: open the session with ?<token>')

  try {
    const token = parseToken(query)
    const { sub, sid } = token.claims
    const twin = options.chain.twin(sub)
    if (!twin) return refused(401, `twin ${sub} is not known`)
    checkToken(token, twin.account, options.verifier, Math.floor(options.nowMs() / 1000))
    return { kind: 'admitted', session: { twin: sub, ...(sid === undefined ? {} : { connection: sid }) } }
  } catch (error) {
    if (isHyphaeError(error) && error.code === 'RMB_UNAUTHORIZED') return refused(401, error.message)
    return refused(500, 'the token could not be checked')
  }
}

function refused(status: 400 | 401 | 404 | 500, reason: string): Admission {
  return { kind: 'refused', status, reason }
}
