/** Does what a page says, block by block, and compares what is seen with what the page shows. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'

import { ROOT } from '../architecture/source-tree.js'
import type { InstalledPackage } from '../support/installed-package.js'
import { canBuildWholeLabs } from '../support/node-lab.js'
import { hasPostgres, startPostgres } from '../support/postgres.js'
import type { Block, Program } from './blocks.js'
import { type CommandPlace, type Outcome, type Running, runCommand, startCommand } from './command.js'
import { commandLines } from './command-lines.js'
import { matchesJson, matchesText } from './compare.js'
import type { Page } from './pages.js'

/** Between the output of one block and that of the next of the same program. */
const MARK = '\u241e next block'

/** A page that says so is given a database server of its own, where psql and libpq look for one. */
const NEEDS_POSTGRES = '<!-- needs: postgresql -->'

/** A page that says so builds labs with all that is in them, WireGuard too: as root, with Debian's packages. */
const NEEDS_NAMESPACES = '<!-- needs: network namespaces -->'

export async function runPage(page: Page, installed: InstalledPackage, folder: string): Promise<void> {
  if (page.text.includes(NEEDS_NAMESPACES) && !canBuildWholeLabs()) return
  if (!page.text.includes(NEEDS_POSTGRES)) return await runBlocks(page, installed, folder, {})
  if (!hasPostgres()) return
  const postgres = await startPostgres()
  try {
    const { host, port, user, password } = postgres
    const env = { PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGPASSWORD: password }
    await runBlocks(page, installed, folder, env)
  } finally {
    await postgres.close()
  }
}

async function runBlocks(
  page: Page,
  installed: InstalledPackage,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  mkdirSync(join(folder, 'home'), { recursive: true })
  symlinkSync(join(ROOT, 'docs'), join(folder, 'docs'))
  const place: CommandPlace = { cwd: folder, binFolder: installed.binFolder, personFolder: join(folder, 'home'), env }
  const running: Running[] = []
  const outputs = new Map<Block, Outcome>()
  try {
    for (const [i, block] of page.blocks.entries()) {
      const where = `${page.path}:${block.line}`
      const shown = page.blocks[i + 1]?.kind
      if (block.kind === 'text' || block.kind === 'json') {
        check(block, outputs.get(page.blocks[i - 1] as Block) as Outcome, where)
      } else if (block.file !== undefined) {
        writeFileSync(join(folder, block.file), `${block.text}\n`)
      } else if (block.kind === 'ts') {
        if (block.continues) continue
        const program = page.programs.find(({ blocks }) => blocks[0] === block) as Program
        for (const [part, outcome] of await runProgram(program, place, where)) outputs.set(part, outcome)
      } else if (block.background) {
        // npx would end by the signal itself; what has to end well is the command.
        running.push(await startCommand(block.text.trim().replace(/^npx /, ''), place))
      } else {
        outputs.set(block, await runLines(block, place, shown === 'text', where))
      }
    }
  } finally {
    // One that ends badly must not keep the others running.
    await stopAll(running.reverse())
  }
}

async function runLines(block: Block, place: CommandPlace, merged: boolean, where: string): Promise<Outcome> {
  const lines = commandLines(block.text)
  let all: Outcome = { code: 0, stdout: '', seen: '' }
  for (const [i, line] of lines.entries()) {
    // The project's own scripts belong to the checkout, everything else to whoever has the package.
    const cwd = line.startsWith('npm ') ? ROOT : place.cwd
    const outcome = await runCommand(line, { ...place, cwd }, merged)
    const expected = i === lines.length - 1 ? block.exits : 0
    if (outcome.code !== expected) {
      throw new Error(`${where} "${line}" ended with ${outcome.code}, not ${expected}:\n${outcome.seen}`)
    }
    all = { code: outcome.code, stdout: all.stdout + outcome.stdout, seen: all.seen + outcome.seen }
  }
  return all
}

async function runProgram(
  { blocks }: Program,
  place: CommandPlace,
  where: string,
): Promise<readonly (readonly [Block, Outcome])[]> {
  const file = `program-${blocks[0]?.line}.mjs`
  writeFileSync(join(place.cwd, file), compile(blocks.map(({ text }) => text).join(`\nconsole.log('${MARK}')\n`)))
  const outcome = await runCommand(`${process.execPath} ${file}`, place, true)
  if (outcome.code !== 0) throw new Error(`${where} the program ended with ${outcome.code}:\n${outcome.seen}`)
  const parts = outcome.seen.split(`${MARK}\n`)
  return blocks.map((block, i) => [block, { code: 0, stdout: parts[i] ?? '', seen: parts[i] ?? '' }] as const)
}

function compile(text: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
  return ts.transpileModule(text, { compilerOptions }).outputText
}

function check(block: Block, outcome: Outcome, where: string): void {
  const matches =
    block.kind === 'text'
      ? matchesText(block.text, outcome.seen)
      : matchesJson(JSON.parse(block.text), JSON.parse(outcome.stdout))
  if (!matches) throw new Error(`${where} shows other output than there is:\n${outcome.seen}`)
}

async function stopAll(running: readonly Running[]): Promise<void> {
  const failures: unknown[] = []
  for (const one of running) await one.stop().catch(failure => failures.push(failure))
  if (failures.length > 0) throw failures[0]
}
