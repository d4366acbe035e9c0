/**
 * A service file of zinit, with what we must know of it in comments. Source of keys and of how `exec` is split (POSIX
 * words, by the shlex crate): threefoldtech/zinit src/zinit/config.rs, src/manager/mod.rs.
 */
export interface ZinitFile {
  /** The whole command, the way into the namespace included. */
  readonly argv: readonly string[]
  readonly after: readonly string[]
  readonly fingerprint: string
  /** Paths of the files that came with it. */
  readonly files: readonly string[]
}

const HEADER = /^# hyphae ([0-9a-f]{64})\n# files (\[.*\])\n/

export function printZinitFile({ argv, after, fingerprint, files }: ZinitFile): string {
  return [
    `# hyphae ${fingerprint}`,
    `# files ${JSON.stringify(files).replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}`,
    `exec: ${quoted(shellWords(argv))}`,
    `after: ${JSON.stringify(after)}`,
    'log: ring',
    '',
  ].join('\n')
}

/** Undefined for a file that somebody else has written. */
export function readZinitFile(text: string): Pick<ZinitFile, 'fingerprint' | 'files'> | undefined {
  const match = HEADER.exec(text)
  if (!match) return undefined
  const files = readTexts(match[2] as string)
  return files && { fingerprint: match[1] as string, files }
}

/** One line that POSIX splits into exactly these words.
 *
 * @example shellWords(['echo', "it's", '#1']) // `echo 'it'\''s' '#1'`
 */
export function shellWords(argv: readonly string[]): string {
  return argv
    .map(word => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}

/** A YAML text in double quotes. As JSON, but YAML knows no pairs of surrogates. */
function quoted(text: string): string {
  return Array.from(JSON.stringify(text), character => {
    const code = character.codePointAt(0) as number
    return code < 0x7f ? character : `\\U${code.toString(16).padStart(8, '0')}`
  }).join('')
}

function readTexts(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every(one => typeof one === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
