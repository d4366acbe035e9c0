import { field } from '../rules/field.js'
import { account, id } from '../rules/vocabulary.js'

/** Which twin. */
export class TwinModel {
  @field(id) id!: number
}

/** Whose twin. */
export class AccountModel {
  /** The account's address (SS58). */
  @field(account) public_key!: string
}
