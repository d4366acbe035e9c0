/**
 * The fenced blocks of a page, and what their info strings ask for:
 *
 *     ts                a whole program: type-checked and run
 *     ts continues      goes on with the program of the block before
 *     ts file=NAME      type-checked and written to NAME, which a command of the page must use
 *     sh                commands, run line by line, here-documents whole; each must succeed
 *     sh exits=N        the last of them must end with N
 *     sh background     one command that goes on until the page ends; it must then stop by itself when told to
 *     text output       what the block before has printed; … stands for anything in a line, alone for any lines
 *     json output       the same, compared as values; "…" stands for anything
 *
 * There is no way to show a block that is not run.
 */
export interface Block {
  readonly kind: 'ts' | 'sh' | 'text' | 'json'
  readonly continues: boolean
  readonly background: boolean
  readonly file?: string
  readonly exits: number
  readonly text: string
  /** Of the first line inside. */
  readonly line: number
}

/** A program of a page: its blocks in order. */
export interface Program {
  readonly blocks: readonly Block[]
}

const FENCE = /^(\s*)(```+|~~~+)\s*(.*)$/

export function readBlocks(markdown: string, page: string): readonly Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const [, indent = '', fence, info = ''] = FENCE.exec(lines[i] as string) ?? []
    if (fence === undefined) continue
    const end = lines.findIndex((line, at) => at > i && line.trim() === fence)
    if (end < 0) throw new Error(`${page}:${i + 1} the block does not end`)
    const text = lines
      .slice(i + 1, end)
      .map(line => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n')
    blocks.push(readBlock(info.trim(), text, i + 2, blocks.at(-1), `${page}:${i + 1}`))
    i = end
  }
  checkFiles(blocks, page)
  return blocks
}

function readBlock(info: string, text: string, line: number, before: Block | undefined, where: string): Block {
  const [kind, ...marks] = info.split(/\s+/)
  const mark = marks.join(' ')
  const plain = { continues: false, background: false, exits: 0, text, line }
  const isProgram = before?.kind === 'ts' && before.file === undefined
  switch (kind) {
    case 'ts': {
      const file = /^file=([\w-]+\.ts)$/.exec(mark)?.[1]
      if (file !== undefined) return { ...plain, kind, file }
      if (mark === '') return { ...plain, kind }
      if (mark === 'continues') return { ...plain, kind, continues: true }
      break
    }
    case 'sh': {
      const exits = /^exits=(\d+)$/.exec(mark)?.[1]
      if (exits !== undefined) return { ...plain, kind, exits: Number(exits) }
      if (mark === '') return { ...plain, kind }
      if (mark === 'background') return { ...plain, kind, background: true }
      break
    }
    case 'text':
    case 'json':
      if (mark === 'output' && (isProgram || (before?.kind === 'sh' && !before.background))) return { ...plain, kind }
  }
  throw new Error(`${where} nobody knows how to run a block marked "${info}" here`)
}

function checkFiles(blocks: readonly Block[], page: string): void {
  const commands = blocks.filter(({ kind }) => kind === 'sh').map(({ text }) => text)
  for (const { file, line } of blocks) {
    if (file !== undefined && !commands.some(text => text.includes(file))) {
      throw new Error(`${page}:${line} no command of the page uses ${file}`)
    }
  }
}

/** Programs in the order of the page; a block that continues belongs to the program before it. */
export function programsOf(blocks: readonly Block[], page: string): readonly Program[] {
  const programs: Block[][] = []
  for (const block of blocks.filter(({ kind }) => kind === 'ts')) {
    if (!block.continues) programs.push([block])
    else if (programs.length === 0 || programs.at(-1)?.[0]?.file !== undefined) {
      throw new Error(`${page}:${block.line} there is nothing to continue`)
    } else programs.at(-1)?.push(block)
  }
  return programs.map(blocks => ({ blocks }))
}
