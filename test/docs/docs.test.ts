/** Everything the documentation shows is true: its programs compile and run, its commands work, its output is what comes. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { ROOT } from '../architecture/source-tree.js'
import { type InstalledPackage, installedPackage } from '../support/installed-package.js'
import { readBlocks } from './blocks.js'
import { runCommand } from './command.js'
import { matchesJson, matchesText } from './compare.js'
import { readExamples, readPages } from './pages.js'
import { runPage } from './run-page.js'
import { typeCheck } from './type-check.js'

const PAGE_MS = 180_000
const pages = readPages()

let installed: InstalledPackage
let folder: string
beforeAll(() => {
  installed = installedPackage()
  folder = mkdtempSync(join(installed.home, 'docs-'))
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the documentation', () => {
  it('is written in types that hold', async () => {
    expect(await typeCheck(pages, join(folder, 'types'))).toEqual([])
  }, 60_000)

  it.each(pages.map(page => [page.path, page] as const))(
    'of %s does what it says',
    async (_, page) => {
      await runPage(page, installed, join(folder, page.name))
    },
    PAGE_MS,
  )

  it.each(readExamples())(
    'has an example %s that runs',
    async name => {
      const place = { cwd: ROOT, binFolder: installed.binFolder, personFolder: folder }
      const outcome = await runCommand(`hyphae run ${join('docs', 'examples', name)}`, place, true)
      expect({ code: outcome.code, seen: outcome.code === 0 ? '' : outcome.seen }).toEqual({ code: 0, seen: '' })
    },
    PAGE_MS,
  )

  it.each(pages.map(page => [page.path, page.text] as const))('of %s links to what is there', (path, text) => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
      match => match[1] ?? match[2] ?? '',
    )
    const inside = links.filter(link => !/^(https?:|mailto:)/.test(link))
    const lost = inside.filter(link => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file)
      if (!existsSync(target)) return true
      return (
        anchor !== undefined && !anchorsOf(pages.find(one => join(ROOT, one.path) === target)?.text).includes(anchor)
      )
    })
    expect(lost).toEqual([])
  })
})

describe('the test of the documentation', () => {
  it.each(['', 'bash', 'ts skip', 'text', 'json', 'sh background output', 'text output'])(
    'refuses a block marked "%s" that it would not run',
    info => {
      expect(() => readBlocks(`\`\`\`${info}\nwhatever\n\`\`\`\n`, 'page.md')).toThrow('page.md:1')
    },
  )

  it('refuses a file that no command uses', () => {
    expect(() => readBlocks('```ts file=a.ts\n1\n```\n', 'page.md')).toThrow('no command of the page uses a.ts')
  })

  it('compares text with what came, but for what is left open', () => {
    const cases: [string, string, boolean][] = [
      ['a\nb', 'a\nb\n', true],
      ['a', 'b', false],
      ['took … ms', 'took 12 ms', true],
      ['took … ms', 'took 12 s', false],
      ['a\n…\nz', 'a\n1\n2\nz', true],
      ['a\n…\nz', 'a\nz', true],
      ['a\n…\nz', 'a\n1\n2', false],
      ['1+1 (…)', '1+1 (2)', true],
    ]
    for (const [expected, actual, same] of cases)
      expect([expected, actual, matchesText(expected, actual)]).toEqual([expected, actual, same])
  })

  it('compares JSON by value, but for what is left open', () => {
    const cases: [unknown, unknown, boolean][] = [
      [{ a: 1 }, { a: 1 }, true],
      [{ a: 1 }, { a: 1, b: 2 }, false],
      [{ a: '…' }, { a: { b: 2 } }, true],
      ['ws://…', 'ws://127.0.0.1:1', true],
      [[1, '…'], [1, 2, 3], true],
      [[1, '…'], [2], false],
      [[1], [1, 2], false],
    ]
    for (const [expected, actual, same] of cases)
      expect([expected, actual, matchesJson(expected, actual)]).toEqual([expected, actual, same])
  })
})

/** As a forge makes them of headings. */
function anchorsOf(text = ''): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}
