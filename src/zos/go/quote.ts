/** How Go's fmt quotes a character or a text in an error. */

/** `%#U`: `U+0067 'g'`; what cannot be printed has no quotes. */
export function quoteRune(point: number): string {
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
  return isPrintable(point) ? `${code} '${String.fromCodePoint(point)}'` : code
}

/** `%q`: a double-quoted Go string. */
export function quoteText(text: string): string {
  let out = '"'
  for (const character of text) {
    const point = character.codePointAt(0) as number
    const short = SHORT[character]
    if (short !== undefined) out += short
    else if (isPrintable(point)) out += character
    else if (point < 0x80) out += `\\x${hex(point, 2)}`
    else out += point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`
  }
  return `${out}"`
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** Letters, marks, numbers, punctuation, symbols, and of the spaces only the ASCII one. */
function isPrintable(point: number): boolean {
  if (point < 0x80) return point >= 0x20 && point < 0x7f
  return /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(String.fromCodePoint(point))
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
