/**
 * HTTP for the whole project: the one place that names axios, and it loads it when the first request is made.
 *
 * A request has a deadline and a size limit, stays on its host, and goes straight to loopback addresses whatever the
 * proxy environment says. What can go wrong becomes an error of the caller's own domain, through `errors`.
 *
 * @example
 * const reply = await request({
 *   url: 'https://gridproxy.grid.tf/version', what: 'the version of the explorer', timeoutMs: 5_000, errors: explorerErrors,
 * })
 * reply.json() // { version: 'v0.17.0' }
 */
import type { AxiosError, AxiosRequestConfig, AxiosResponse } from 'axios'

import type { HyphaeError, HyphaeErrorOptions } from '../errors/base.js'
import { InputError } from '../errors/input.js'
import { Deadline } from './deadline.js'

/** How the caller's domain names the three ways in which a server can fail. */
export interface HttpErrors {
  /** No connection, no name, a broken connection. */
  unreachable(message: string, options: HyphaeErrorOptions): HyphaeError
  /** A status the caller does not accept; details: {status, body}. */
  status(message: string, options: HyphaeErrorOptions): HyphaeError
  /** Too large, not JSON, or sent elsewhere. */
  reply(message: string, options: HyphaeErrorOptions): HyphaeError
}

export interface HttpRequest {
  /** `http:` or `https:`. */
  readonly url: string
  /** Names the request in errors: `the list of nodes`. */
  readonly what: string
  readonly timeoutMs: number
  readonly errors: HttpErrors
  readonly method?: 'GET' | 'HEAD' | 'POST'
  /** Added to the URL, encoded; undefined values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly payload?: { readonly bytes: Uint8Array; readonly type: string }
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Of the body, decompressed. 8 MiB when absent. */
  readonly maxBytes?: number
  /** Statuses besides 2xx that are an answer. */
  readonly accept?: readonly number[]
  /** Sent once more when a kept-alive connection turns out to be dead. True for GET. */
  readonly idempotent?: boolean
}

export interface HttpReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, decompressed. */
  readonly bytes: Uint8Array
  /** The body as UTF-8. */
  readonly text: string
  /** @throws what `errors.reply` makes, when the text is not JSON */
  json(): unknown
}

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024
const MAX_REDIRECTS = 3
/** How much of a refusing server's text an error repeats. */
const SHOWN_CHARACTERS = 300

/** @throws {DeadlineError|CancelledError} in time, and what `errors` makes otherwise */
export async function request(options: HttpRequest): Promise<HttpReply> {
  const url = completeUrl(options)
  const deadline = new Deadline(`${options.what} from ${url.origin}`, options.timeoutMs, options.signal)
  const abort = new AbortController()
  try {
    const response = await deadline.race(send(url, options, abort.signal))
    return checkedReply(url, options, response)
  } finally {
    // Whoever won the race, nothing of the request stays behind.
    abort.abort()
  }
}

async function send(url: URL, options: HttpRequest, signal: AbortSignal): Promise<AxiosResponse<Uint8Array>> {
  const { default: axios } = await import('axios')
  const config = axiosConfig(url, options, signal)
  try {
    return await axios.request<Uint8Array>(config)
  } catch (error) {
    if (!signal.aborted && (options.idempotent ?? options.method !== 'POST') && isStaleConnection(error)) {
      try {
        return await axios.request<Uint8Array>(config)
      } catch (second) {
        throw failure(url, options, second)
      }
    }
    throw failure(url, options, error)
  }
}

function axiosConfig(url: URL, options: HttpRequest, signal: AbortSignal): AxiosRequestConfig {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  return {
    url: url.href,
    method: options.method ?? 'GET',
    ...sentBody(options),
    headers: {
      accept: 'application/json',
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.payload === undefined ? {} : { 'content-type': options.payload.type }),
      ...options.headers,
    },
    signal,
    // As it came: axios would parse whatever looks like JSON and hide what does not.
    responseType: 'arraybuffer',
    transformResponse: (bytes: unknown) => bytes,
    transformRequest: (bytes: unknown) => bytes,
    validateStatus: () => true,
    maxContentLength: maxBytes,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxRedirects: MAX_REDIRECTS,
    // Same host only, and never from https: down to http:.
    beforeRedirect: (next: Record<string, unknown>) => {
      const target = new URL(String(next.href))
      if (target.host !== url.host || target.protocol < url.protocol) throw new RedirectRefused(target.origin)
    },
    ...(isLoopback(url.hostname) ? { proxy: false as const } : {}),
    // Source: RFC 6761, 6.3. Many resolvers know only the bare name.
    ...(/\.localhost$/.test(url.hostname) ? { lookup: async () => ['127.0.0.1', 4] as [string, 4] } : {}),
  }
}

function sentBody({ body, payload }: HttpRequest): { data?: Uint8Array | string } {
  if (payload !== undefined) {
    const { buffer, byteOffset, byteLength } = payload.bytes
    return { data: Buffer.from(buffer, byteOffset, byteLength) }
  }
  return body === undefined ? {} : { data: JSON.stringify(body) }
}

function checkedReply(url: URL, options: HttpRequest, response: AxiosResponse<Uint8Array>): HttpReply {
  const bytes = response.data instanceof Uint8Array ? response.data : new Uint8Array()
  const { status } = response
  let decoded: string | undefined
  const text = () => {
    decoded ??= new TextDecoder().decode(bytes)
    return decoded
  }
  if ((status < 200 || status > 299) && !options.accept?.includes(status)) {
    throw options.errors.status(`${options.what}: ${url.host} answered with status ${status}`, {
      where: place(url),
      details: { status, body: text().slice(0, SHOWN_CHARACTERS) },
    })
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = String(value)
  return {
    status,
    headers,
    bytes,
    get text() {
      return text()
    },
    json: () => {
      try {
        return JSON.parse(text()) as unknown
      } catch (cause) {
        throw options.errors.reply(`${options.what}: ${url.host} answered with something that is not JSON`, {
          where: place(url),
          details: { body: text().slice(0, SHOWN_CHARACTERS) },
          cause,
        })
      }
    },
  }
}

function failure(url: URL, options: HttpRequest, error: unknown): HyphaeError {
  const { errors, what } = options
  const where = place(url)
  const refused = redirectRefusal(error)
  if (refused) {
    return errors.reply(`${what}: ${url.host} redirects to ${refused.target}, which was not asked`, {
      where,
      hint: 'configure the address that is meant',
    })
  }
  const { code, message } = error as AxiosError
  if (code === 'ERR_FR_TOO_MANY_REDIRECTS') {
    return errors.reply(`${what}: ${url.host} redirects for ever`, { where })
  }
  if (/maxContentLength/.test(message)) {
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
    return errors.reply(`${what}: ${url.host} answered with more than ${maxBytes} bytes`, {
      where,
      details: { maxBytes },
    })
  }
  return errors.unreachable(`${what}: ${url.host} cannot be reached${code === undefined ? '' : ` (${code})`}`, {
    where,
    hint: 'check the address and the connection',
    details: code === undefined ? {} : { reason: code },
    // Not the axios error itself: it carries the whole request, bodies and headers.
    cause: new Error(message),
  })
}

function completeUrl({ url, query, what }: HttpRequest): URL {
  let complete: URL
  try {
    complete = new URL(url)
  } catch (cause) {
    throw new InputError('INPUT_URL', `${what}: the address is not a URL`, { cause })
  }
  if (complete.protocol !== 'http:' && complete.protocol !== 'https:') {
    throw new InputError('INPUT_URL', `${what}: the address begins with ${complete.protocol}`, {
      where: place(complete),
      hint: 'use http:// or https://',
    })
  }
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) complete.searchParams.set(name, value)
  }
  return complete
}

/** The URL without user, password and query: what errors may show. */
function place(url: URL): string {
  return `${url.origin}${url.pathname}`
}

/** `localhost`, `127.0.0.0/8` and `::1`: a proxy cannot reach what runs on this machine. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

function isStaleConnection(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as { code?: string }).code ?? '')
}

class RedirectRefused extends Error {
  constructor(readonly target: string) {
    super(`redirect to ${target}`)
  }
}

function redirectRefusal(error: unknown): RedirectRefused | undefined {
  let current = error
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if (current instanceof RedirectRefused) return current
    current = current.cause
  }
  return undefined
}
