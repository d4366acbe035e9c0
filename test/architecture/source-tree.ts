/** Every source file, parsed: what it imports, and how. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface ImportOf {
  /** A file of the tree (`src/core/hex.ts`), or a package's specifier as written. */
  readonly to: string
  readonly outside: boolean
  /** Gone after compiling. */
  readonly typeOnly: boolean
  /** `await import()`: loaded when it is needed. */
  readonly lazy: boolean
  readonly line: number
}

export interface SourceFile {
  /** `src/core/hex.ts` */
  readonly path: string
  readonly lines: number
  readonly imports: readonly ImportOf[]
  readonly ast: ts.SourceFile
}

/** The code that is shipped: no tests, nothing that only tests use. */
export function readSources(): readonly SourceFile[] {
  return listFiles(join(ROOT, 'src'))
    .map(path => relative(ROOT, path))
    .filter(path => path.endsWith('.ts') && !/\.(test|fixture)\.ts$|\/testing\//.test(path))
    .sort()
    .map(readSource)
}

/** Those that the package's entries and commands load, at once or later: what is being built beside them is not in it. */
export function shippedSources(): readonly SourceFile[] {
  const byPath = new Map(readSources().map(source => [source.path, source]))
  const { exports, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
  const entries = [
    ...Object.values(exports).map(entry => (typeof entry === 'string' ? entry : entry.default)),
    ...Object.values(bin),
  ]
  const shipped = new Set<SourceFile>()
  const enter = (path: string): void => {
    const source = byPath.get(path)
    if (!source || shipped.has(source)) return
    shipped.add(source)
    for (const { to, outside } of source.imports) if (!outside) enter(to)
  }
  for (const entry of entries) enter(entry.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'))
  // Started as a process of its own, by its path.
  enter('src/cli/program/main.ts')
  return [...shipped]
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly bin: Readonly<Record<string, string>>
}

export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? listFiles(join(folder, entry.name)) : [join(folder, entry.name)],
  )
}

/** Calls `see` for every node of the tree, parents first; what it refuses is not entered. */
export function visit(node: ts.Node, see: (node: ts.Node) => boolean | undefined): void {
  if (see(node) === false) return
  ts.forEachChild(node, child => visit(child, see))
}

export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile()
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return { path, lines: text.split('\n').length - 1, imports: readImports(ast, path), ast }
}

function readImports(ast: ts.SourceFile, path: string): readonly ImportOf[] {
  const found: ImportOf[] = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean, lazy: boolean) => {
    const literal = specifier && ts.isLiteralTypeNode(specifier) ? specifier.literal : specifier
    if (!literal || !ts.isStringLiteralLike(literal)) {
      throw new Error(`${path}:${lineOf(node)} imports something that is not written out`)
    }
    const outside = !literal.text.startsWith('.')
    const to = outside ? literal.text : join(dirname(path), literal.text).replace(/\.js$/, '.ts')
    found.push({ to, outside, typeOnly, lazy, line: lineOf(node) })
  }
  visit(ast, node => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, onlyTypes(node.importClause), false)
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier, node.isTypeOnly || allTypes(node.exportClause), false)
    } else if (ts.isImportTypeNode(node)) add(node, node.argument, true, false)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false, true)
    }
    return undefined
  })
  return found
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  return clause.isTypeOnly || (clause.name === undefined && allTypes(clause.namedBindings))
}

/** With `verbatimModuleSyntax` a statement whose names are all types keeps its side effects; none of ours has any. */
function allTypes(names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (!names || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false
  return names.elements.length > 0 && names.elements.every(element => element.isTypeOnly)
}
