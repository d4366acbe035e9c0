/**
 * The name under which a browser saves a file. The name comes from whoever uploaded it.
 *
 * Source: RFC 6266 and RFC 8187 (formerly 5987): a quoted form for everyone, which holds only harmless ASCII, and an
 * encoded one with the true name when that says more.
 */
const LONGEST_NAME = 255

/** @example contentDisposition('naïve "plan".txt', 'inline')
 * // inline; filename="na_ve _plan_.txt"; filename*=UTF-8''na%C3%AFve%20%22plan%22.txt
 */
export function contentDisposition(name: string, kind: 'inline' | 'attachment'): string {
  const safe = savable(name)
  if (safe === '') return kind
  const ascii = safe.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const quoted = `${kind}; filename="${ascii}"`
  return ascii === safe ? quoted : `${quoted}; filename*=UTF-8''${encoded(safe)}`
}

/** Without folders, control characters and marks that turn the direction of reading: they hide what a name ends with. */
function savable(name: string): string {
  const plain = name
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '')
    .replace(/[/\\]/g, '_')
    .trim()
  const points = [...plain]
  if (points.length <= LONGEST_NAME) return /^\.{0,2}$/.test(plain) ? '' : plain
  // The ending says what the file is: it stays.
  const ending = /\.[A-Za-z0-9]{1,16}$/.exec(plain)?.[0] ?? ''
  return points.slice(0, LONGEST_NAME - ending.length).join('') + ending
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
