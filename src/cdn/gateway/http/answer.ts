/** Answers that are in memory: pages, errors, and answers without a body. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { escapeMarkup } from '../../../core/escape-markup.js'
import { isHyphaeError } from '../../../errors/base.js'
import type { CdnError } from '../../../errors/cdn.js'
import { cdnStatus, GatewayError } from '../../../errors/gateway.js'
import { READ_BY_ANYONE } from './cors.js'

export interface Answer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body?: string
}

/** On every answer: types are not guessed, and the key in the address goes to no other site. */
export const PLAIN_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  ...READ_BY_ANYONE,
}

/** For pages of our own that show what strangers wrote. */
const ERROR_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"

export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...PLAIN_HEADERS, ...length, ...headers })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** What a person or a program is told: a page when a browser asks, `{error: {code, message, hint}}` otherwise. */
export function errorAnswer(error: unknown, accept: string | undefined): Answer {
  const told = tellable(error)
  const headers = { 'cache-control': 'no-store', ...told.headers }
  const { code, message, hint } = told
  if (!/\btext\/html\b/.test(accept ?? '')) {
    const body = `${JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })}\n`
    return { status: told.status, headers: { 'content-type': 'application/json', ...headers }, body }
  }
  return {
    status: told.status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': ERROR_POLICY, ...headers },
    body: errorPage(told.status, message, hint, code),
  }
}

export interface Told {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Why something failed further in is not told: which place answered how is what someone who probes would like to know.
 */
export function tellable(error: unknown): Told {
  if (error instanceof GatewayError) return error
  if (isHyphaeError(error)) {
    const { code, message, hint } = error
    if (code === 'DEADLINE') return { status: 504, code, message, headers: { 'retry-after': '5' } }
    if (code === 'CDN_REGISTRY' || code === 'CDN_UNREACHABLE') {
      const told = 'the registry does not give the metadata now'
      return { status: 502, code, message: told, hint: 'ask again later', headers: { 'retry-after': '5' } }
    }
    const status = Object.hasOwn(cdnStatus, code) ? cdnStatus[(error as CdnError).code] : undefined
    if (status !== undefined)
      return { status, code, message, hint, headers: status === 502 ? { 'retry-after': '5' } : {} }
  }
  return {
    status: 500,
    code: 'GATEWAY_INTERNAL',
    message: 'something went wrong inside the gateway',
    hint: 'ask again; whoever runs the gateway can see what it was',
    headers: {},
  }
}

function errorPage(status: number, message: string, hint: string | undefined, code: string): string {
  const advice = hint === undefined ? '' : `<p>${escapeMarkup(hint)}</p>\n`
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${status}</title></head>
<body>
<h1>${escapeMarkup(message)}</h1>
${advice}<p><code>${escapeMarkup(code)}</code></p>
</body>
</html>
`
}
