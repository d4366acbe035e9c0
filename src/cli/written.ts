import { Writable } from 'node:stream'

import type { OutputStream } from './context.js'

/** Writes, and resolves when the system has it: what is printed is then no longer lost with this process.
 *
 * @throws what writing failed with
 */
export function written(stream: OutputStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream instanceof Writable) stream.write(text, error => (error ? reject(error) : resolve()))
    else resolve(void stream.write(text))
  })
}
