import { HyphaeError, type HyphaeErrorOptions } from './base.js'
import type { CdnCode } from './cdn.js'

export type GatewayCode =
  | 'GATEWAY_REQUEST' // not HTTP, or a target that is none
  | 'GATEWAY_HOST' // the Host header is none, or there are several
  | 'GATEWAY_KEY' // the key of the request is not a key
  | 'GATEWAY_PATH' // nothing of that name is in the directory, or nothing is served at the path
  | 'GATEWAY_METHOD'
  | 'GATEWAY_TIMEOUT' // the request did not arrive in time
  | 'GATEWAY_CONDITION' // If-Match names another content
  | 'GATEWAY_RANGE' // no byte of the file is in the range
  | 'GATEWAY_HEADERS' // the head of the request is too large
  | 'GATEWAY_INTERNAL'
  | 'GATEWAY_BUSY' // as much is under way as the gateway allows

/** Why the content gateway does not do what a request asks, as an HTTP status. */
export const gatewayStatus: Readonly<Record<GatewayCode, number>> = {
  GATEWAY_REQUEST: 400,
  GATEWAY_HOST: 400,
  GATEWAY_KEY: 400,
  GATEWAY_PATH: 404,
  GATEWAY_METHOD: 405,
  GATEWAY_TIMEOUT: 408,
  GATEWAY_CONDITION: 412,
  GATEWAY_RANGE: 416,
  GATEWAY_HEADERS: 431,
  GATEWAY_INTERNAL: 500,
  GATEWAY_BUSY: 503,
}

/** What failed on the way to the content, as a status: 4xx when the reference is at fault, 5xx when registry or places are. */
export const cdnStatus: Readonly<Record<CdnCode, number>> = {
  CDN_REFERENCE: 400,
  CDN_PLACE: 403,
  CDN_NOT_FOUND: 404,
  CDN_KEY: 422,
  CDN_META: 422,
  CDN_LIMIT: 422,
  CDN_HASH: 502,
  CDN_SHARDS: 502,
  CDN_REGISTRY: 502,
  CDN_UNREACHABLE: 502,
  CDN_CONFIG: 500,
  CDN_SAVE: 500,
}

/** An answer of the gateway that is not what was asked for. The same text goes to whoever asked. */
export class GatewayError extends HyphaeError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    override readonly code: GatewayCode,
    message: string,
    options?: HyphaeErrorOptions & {
      /** Sent with the answer: `Allow`, `Retry-After`. */
      readonly headers?: Readonly<Record<string, string>>
    },
  ) {
    super(code, message, options)
    this.status = gatewayStatus[code]
    this.headers = options?.headers ?? {}
  }
}
