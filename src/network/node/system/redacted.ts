/** Keys in what programs print: `wg` repeats a key that it cannot read. WireGuard's base64, Mycelium's hex. */
const KEYS = /[A-Za-z0-9+/]{43}=|\b[0-9a-fA-F]{64}\b/g

/** @example redacted('Key is not valid: eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ=') // 'Key is not valid: ‹secret›' */
export function redacted(text: string): string {
  return text.replace(KEYS, '‹secret›')
}
