/** Names that a file can have on any machine, and that lead nowhere but to it. */

const MOST_BYTES = 255
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const FORBIDDEN = /[/\\\u0000-\u001f\u007f]/

export function isFileName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false
  return !FORBIDDEN.test(name) && Buffer.byteLength(name) <= MOST_BYTES
}
