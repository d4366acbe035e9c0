/** Twins in the REST proxy's words. */
import type { Twin } from '../../../chain/port.js'
import { toHex } from '../../../core/hex.js'
import { exactly, type Filters, is } from './filter.js'
import type { Sorters } from './page.js'

export const TWIN_FILTERS: Filters<Twin> = {
  twin_id: is(twin => twin.id),
  account_id: exactly(twin => twin.account),
  relay: exactly(twin => twin.relay),
  public_key: exactly(publicKeyText),
}

export const TWIN_SORTERS: Sorters<Twin> = {
  twin_id: twin => twin.id,
  account_id: twin => twin.account,
}

export function twinJson(twin: Twin) {
  return {
    twinId: twin.id,
    accountId: twin.account,
    relay: twin.relay ?? '',
    publicKey: publicKeyText(twin),
  }
}

function publicKeyText(twin: Twin): string {
  return twin.pk ? `0x${toHex(twin.pk)}` : ''
}
