/** The pages whose blocks are run: README.md and everything in docs/. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../architecture/source-tree.js'
import { type Block, type Program, programsOf, readBlocks } from './blocks.js'

export interface Page {
  /** `docs/errors.md` */
  readonly path: string
  /** `docs-errors`: names files and folders. */
  readonly name: string
  readonly text: string
  readonly blocks: readonly Block[]
  readonly programs: readonly Program[]
}

export function readPages(): readonly Page[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.md'),
  )
  return ['README.md', ...docs.sort().map(name => join('docs', name))].map(path => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    const blocks = readBlocks(text, path)
    const name = path.replace(/\.md$/, '').replaceAll('/', '-').toLowerCase()
    return { path, name, text, blocks, programs: programsOf(blocks, path) }
  })
}

export function readExamples(): readonly string[] {
  return readdirSync(join(ROOT, 'docs', 'examples')).filter(name => name.endsWith('.ts'))
}
