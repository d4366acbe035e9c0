/** Output as a page shows it against output as it came. */

/** `…` in a line stands for anything in it; a line with nothing else, for any number of lines. */
export function matchesText(expected: string, actual: string): boolean {
  const lines = trimmed(expected).split('\n')
  const pattern = lines
    .map(line => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.trimEnd().split('…').map(escaped).join('.*')}\\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(`${trimmed(actual)}\n`)
}

/** `"…"` stands for any value, `…` in a text for any part of it, and `"…"` at the end of a list for the rest of it. */
export function matchesJson(expected: unknown, actual: unknown): boolean {
  if (typeof expected === 'string' && expected.includes('…')) {
    if (expected === '…') return true
    return typeof actual === 'string' && new RegExp(`^${expected.split('…').map(escaped).join('.*')}$`).test(actual)
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return false
    const open = expected.at(-1) === '…'
    const listed = open ? expected.slice(0, -1) : expected
    if (open ? actual.length < listed.length : actual.length !== listed.length) return false
    return listed.every((value, i) => matchesJson(value, actual[i]))
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false
    const keys = Object.keys(expected)
    if (keys.length !== Object.keys(actual).length) return false
    return keys.every(key => key in actual && matchesJson(expected[key as never], actual[key as never]))
  }
  return Object.is(expected, actual)
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .trim()
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
