import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type InputCode =
  | 'INPUT_HEX' // not hexadecimal, or of the wrong length
  | 'INPUT_JSON'
  | 'INPUT_SEED'
  | 'INPUT_CIDR'
  | 'INPUT_IP'
  | 'INPUT_KEY'
  | 'INPUT_MNEMONIC'
  | 'INPUT_URL'
  | 'INPUT_OPTION'
  | 'INPUT_FILE'

/** Something that came from outside is malformed; nothing was done with it. */
export class InputError extends HyphaeError {
  constructor(
    override readonly code: InputCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
