import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type LocalGridCode =
  | 'LOCALGRID_PORT' // cannot listen
  | 'LOCALGRID_DATA' // the folder cannot be used: damaged, of another version, or in use by another process
  | 'LOCALGRID_OPTION'
  | 'LOCALGRID_REQUEST' // what a client of the explorer or of the admin API asked for cannot be understood

export class LocalGridError extends HyphaeError {
  constructor(
    override readonly code: LocalGridCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
