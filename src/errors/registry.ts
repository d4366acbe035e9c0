import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type RegistryCode =
  | 'REGISTRY_HASH' // the path does not end with a hash
  | 'REGISTRY_MULTIPART' // the body is not multipart/form-data, or breaks its rules
  | 'REGISTRY_PART' // no part `data`, more than one, or an empty one
  | 'REGISTRY_REQUEST' // not HTTP
  | 'REGISTRY_TOKEN' // writing needs a token
  | 'REGISTRY_NOT_FOUND' // no blob has this hash
  | 'REGISTRY_PATH' // nothing is served here
  | 'REGISTRY_METHOD'
  | 'REGISTRY_TIMEOUT' // the request did not arrive in time
  | 'REGISTRY_SIZE' // the blob is larger than the registry keeps
  | 'REGISTRY_RATE' // too many requests from one address
  | 'REGISTRY_HEADERS' // the head of the request is too large
  | 'REGISTRY_CORRUPT' // what is stored is not what its hash says
  | 'REGISTRY_INTERNAL'
  | 'REGISTRY_BUSY' // as much is under way as the registry allows
  | 'REGISTRY_CLOSING' // it is being stopped
  | 'REGISTRY_STORE' // the database or the folder does not do what it has to
  | 'REGISTRY_FULL' // no space left

/** The HTTP status that says so. */
export const registryStatus: Readonly<Record<RegistryCode, number>> = {
  REGISTRY_HASH: 400,
  REGISTRY_MULTIPART: 400,
  REGISTRY_PART: 400,
  REGISTRY_REQUEST: 400,
  REGISTRY_TOKEN: 401,
  REGISTRY_NOT_FOUND: 404,
  REGISTRY_PATH: 404,
  REGISTRY_METHOD: 405,
  REGISTRY_TIMEOUT: 408,
  REGISTRY_SIZE: 413,
  REGISTRY_RATE: 429,
  REGISTRY_HEADERS: 431,
  REGISTRY_CORRUPT: 500,
  REGISTRY_INTERNAL: 500,
  REGISTRY_BUSY: 503,
  REGISTRY_CLOSING: 503,
  REGISTRY_STORE: 503,
  REGISTRY_FULL: 507,
}

/** An answer of the registry that is not what was asked for. The same text goes to whoever asked. */
export class RegistryError extends HyphaeError {
  readonly status: number
  /** Sent with the answer: `Allow`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    override readonly code: RegistryCode,
    message: string,
    options?: HyphaeErrorOptions & { readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(code, message, options)
    this.status = registryStatus[code]
    this.headers = options?.headers ?? {}
  }
}
