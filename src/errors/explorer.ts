import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type ExplorerCode =
  | 'EXPLORER_UNREACHABLE'
  | 'EXPLORER_STATUS' // an HTTP status that is not 2xx
  | 'EXPLORER_REPLY' // an answer that is not what it must be; details: {problems}
  | 'EXPLORER_QUERY' // GraphQL errors

export class ExplorerError extends HyphaeError {
  constructor(
    override readonly code: ExplorerCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
