import { isHyphaeError } from '../../errors/base.js'

const PASSING = new Set([
  'DEADLINE',
  'ZDB_UNREACHABLE',
  'ZDB_CONNECTION',
  'ZDB_BUSY',
  'ZDB_FAILED',
  'ZDB_TIMEOUT',
  'CDN_UNREACHABLE',
])

/** True for a failure after which the same request may succeed: the place was out of reach or overloaded. */
export function isPassing(error: unknown): boolean {
  return isHyphaeError(error) && PASSING.has(error.code)
}
