import type { ZdbError } from '../../../errors/zdb.js'
import type { ZdbText } from '../reply-error.js'
import { replyError } from '../reply-error.js'

/** What a client is told: one of 0-DB's own texts. */
export function refuse(text: ZdbText): ZdbError {
  return replyError(text)
}
