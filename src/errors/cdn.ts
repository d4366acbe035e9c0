import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type CdnCode =
  | 'CDN_META' // not metadata; details: {offset, field}
  | 'CDN_REFERENCE' // not a reference: URL or text
  | 'CDN_KEY' // the key does not open what was found
  | 'CDN_HASH' // bytes are not what their hash says
  | 'CDN_SHARDS' // too few good shards of a block; details: {block, good, needed, places}
  | 'CDN_CONFIG' // the uploader's configuration
  | 'CDN_NOT_FOUND'
  | 'CDN_SAVE' // not everything was acknowledged; details say what was stored and how to go on
  | 'CDN_REGISTRY' // the registry refused, or answered what it must not
  | 'CDN_UNREACHABLE'
  | 'CDN_PLACE' // a place that the configuration does not allow to connect to
  | 'CDN_LIMIT' // larger or more than the configuration allows

export class CdnError extends HyphaeError {
  constructor(
    override readonly code: CdnCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
