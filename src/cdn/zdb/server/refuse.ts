import { ZdbError, type ZdbText } from '../../../errors/zdb.js'

/** What a client is told: one of 0-DB's own texts. */
export function refuse(text: ZdbText): ZdbError {
  return ZdbError.fromReply(text)
}
