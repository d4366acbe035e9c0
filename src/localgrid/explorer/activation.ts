/**
 * The activation service: a first little money for a new account. Amounts are those of the real one: 0.1 TFT for an
 * account that does not exist, 0.0015 TFT more for one that has less than that.
 */
import { publicKeyOf } from '../../chain/keys.js'
import { LocalGridError } from '../../errors/localgrid.js'
import type { ChainControl } from '../ports.js'

const NEW_ACCOUNT_UNITS = 1_000_000n
const TOP_UP_UNITS = 15_000n

/** @param body the text of a JSON object {substrateAccountID}
 * @throws {LocalGridError} LOCALGRID_REQUEST
 */
export function activate(chain: Pick<ChainControl, 'balance' | 'endow'>, body: string): void {
  const account = readAccount(body)
  const { free } = chain.balance(account)
  if (free === 0n) chain.endow(account, NEW_ACCOUNT_UNITS)
  else if (free < TOP_UP_UNITS) chain.endow(account, free + TOP_UP_UNITS)
}

function readAccount(body: string): string {
  try {
    const { substrateAccountID: account } = JSON.parse(body) as { substrateAccountID: unknown }
    if (typeof account === 'string') {
      publicKeyOf(account)
      return account
    }
  } catch (cause) {
    throw refused(cause)
  }
  throw refused()
}

function refused(cause?: unknown): LocalGridError {
  return new LocalGridError('LOCALGRID_REQUEST', 'substrateAccountID must be an SS58 address', {
    where: 'substrateAccountID',
    ...(cause === undefined ? {} : { cause }),
  })
}
