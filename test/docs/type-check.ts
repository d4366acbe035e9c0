/** The compiler's opinion of everything the pages show, as a user's project would hear it. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../architecture/source-tree.js'
import { type Page, readExamples } from './pages.js'

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    lib: ['es2023', 'dom'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noEmit: true,
  },
}

/** Problems, each with its page and line. */
export async function typeCheck(pages: readonly Page[], folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  const origins = new Map<string, string>()
  for (const page of pages) {
    for (const { blocks } of page.programs) {
      const file = `${page.name}-${blocks[0]?.line}.ts`
      origins.set(file, page.path)
      // Each block on its own lines of the page, so that the compiler's line is the page's.
      const lines: string[] = []
      for (const { text, line } of blocks) {
        while (lines.length < line - 1) lines.push('')
        lines.push(...text.split('\n'))
      }
      writeFileSync(join(folder, file), `${lines.join('\n')}\nexport {}\n`)
    }
  }
  for (const name of readExamples()) {
    origins.set(`example-${name}`, join('docs', 'examples', name))
    cpSync(join(ROOT, 'docs', 'examples', name), join(folder, `example-${name}`))
  }
  const output = await compilerOutput(folder)
  return output.map(line => line.replace(/^([\w.-]+)\((\d+),/, (_, file, at) => `${origins.get(file)}:${at} (`))
}

function compilerOutput(folder: string): Promise<readonly string[]> {
  return new Promise(resolve => {
    const compiler = join(ROOT, 'node_modules', '.bin', 'tsc')
    execFile(compiler, ['-p', '.', '--pretty', 'false'], { cwd: folder }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.split('\n').filter(line => line.trim() !== '')),
    )
  })
}
