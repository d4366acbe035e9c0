import { field } from '../rules/field.js'
import { account, amount } from '../rules/vocabulary.js'

/** One unit of the chain. */
const LEAST_TFT = 1e-7
/** What a double counts in units without loss; more than there is. */
const MOST_TFT = 900_000_000

/** Whose balance. */
export class AddressModel {
  @field(account) address!: string
}

export class TransferModel {
  @field(account) address!: string
  /** TFT, at least 0.0000001. */
  @field(amount(LEAST_TFT, MOST_TFT, 'TFT')) amount!: number
}
