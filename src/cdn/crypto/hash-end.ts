/** How hashes end, whoever computes them. */
import { InputError } from '../../errors/input.js'

const HASH_BYTES = 32

/** The first bytes of a hash, as an array of its own. */
export function cutHash(hash: Uint8Array, length: number = HASH_BYTES): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > HASH_BYTES) {
    throw new InputError('INPUT_OPTION', `a hash has 1 to ${HASH_BYTES} bytes, not ${length}`)
  }
  return new Uint8Array(hash.subarray(0, length))
}

/** The error of using a stream after its end. */
export function endedStream(): InputError {
  return new InputError('INPUT_OPTION', 'the hash was already taken', { hint: 'open a new stream' })
}
