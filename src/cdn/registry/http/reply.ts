/** Answers: JSON, errors as JSON, and nothing else that is decided here. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

import type { RegistryError } from '../../../errors/registry.js'

/** On every answer: nobody guesses what a blob is, and pages of other origins may read it. */
export const PLAIN_HEADERS: Readonly<Record<string, string>> = { 'x-content-type-options': 'nosniff' }
export const READ_BY_ANYONE: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Content-Length, Retry-After',
  'cross-origin-resource-policy': 'cross-origin',
}

export interface Answer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  /** Absent for HEAD, 204 and 304: the length of what is not sent is in the headers where it is known. */
  readonly body?: Uint8Array | string
}

export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...PLAIN_HEADERS, ...headers })
  response.end(body)
}

export function jsonAnswer(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  const body = `${JSON.stringify(value)}\n`
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    body,
  }
}

/** `{error: {code, message, hint}}`. */
export function errorAnswer(error: RegistryError, headers: OutgoingHttpHeaders = {}): Answer {
  return jsonAnswer(
    error.status,
    { error: errorBody(error) },
    { 'cache-control': 'no-store', ...error.headers, ...headers },
  )
}

export function errorBody(error: RegistryError): Readonly<Record<string, unknown>> {
  const { code, message, hint } = error
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}
