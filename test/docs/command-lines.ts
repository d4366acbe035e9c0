/** The commands of a block: one a line, or more lines that end in a backslash or hold a here-document. */
export function commandLines(text: string): readonly string[] {
  const commands: string[] = []
  const lines = text.replaceAll('\\\n', '').split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    if (line.trim() === '' || line.startsWith('#')) continue
    const word = /<<\s*'?(\w+)'?/.exec(line)?.[1]
    const end = word === undefined ? i : lines.indexOf(word, i + 1)
    if (end < 0) throw new Error(`the document that "${line}" begins has no line ${word}`)
    commands.push(lines.slice(i, end + 1).join('\n'))
    i = end
  }
  return commands
}
