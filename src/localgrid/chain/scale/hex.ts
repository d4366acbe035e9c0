/** Hex to bytes where there is much of it: core/hex is for browsers too and takes its time. */
export function hexBytes(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}
