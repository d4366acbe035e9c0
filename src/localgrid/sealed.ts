/** Waits for the chain to hold what was just done to it. */
import { Deadline } from '../core/deadline.js'
import type { ChainView } from './ports.js'

const TIMEOUT_MS = 70_000

/** Resolves with the next block. Call it in the same turn as the change.
 *
 * @throws {DeadlineError}
 */
export async function sealed(chain: Pick<ChainView, 'onBlock'>): Promise<void> {
  let stop: (() => void) | undefined
  const block = new Promise<void>(resolve => {
    stop = chain.onBlock(() => resolve())
  })
  try {
    await new Deadline('the local grid’s next block', TIMEOUT_MS).race(block)
  } finally {
    stop?.()
  }
}
