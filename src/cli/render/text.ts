/** Text on a terminal: how wide it is, how it is cut, and nothing in it that commands the terminal. Pure. */

/** What takes two columns. Source: Unicode TR 11; emoji presentation. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const NO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const COLOUR = /\u001b\[[0-9;]*m/g

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Nodes, contracts and models come from elsewhere: their texts must not move the cursor or reverse what is read. */
export function clean(text: string): string {
  return text.replace(CONTROL, character => (character === '\n' || character === '\t' ? ' ' : ''))
}

/** Columns that a line takes; colours take none. */
export function displayWidth(line: string): number {
  const text = line.replace(COLOUR, '')
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += NO_WIDTH.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1
  return width
}

/** The text in at most `columns`, `…` where something was cut off. The text must have no colours. */
export function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  let out = ''
  let width = 0
  for (const { segment } of graphemes.segment(text)) {
    const more = displayWidth(segment)
    if (width + more > columns - 1) break
    out += segment
    width += more
  }
  return columns < 1 ? '' : `${out}…`
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text
}

/** `1 step`, `2 steps`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** Lines of at most `columns`, broken between words; a word that is longer stays whole. They must have no colours.
 *
 * @param text or its words, which may have spaces in them
 */
export function wrapped(
  text: string | readonly string[],
  columns: number = Number.POSITIVE_INFINITY,
): readonly string[] {
  const [first = '', ...rest] = typeof text === 'string' ? text.split(' ') : text
  const lines: string[] = []
  let line = first
  for (const word of rest) {
    if (displayWidth(line) + 1 + displayWidth(word) <= columns) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}
