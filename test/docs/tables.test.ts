/** Tables of the documentation list all that there is, and nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

import { exitCodeOf } from '../../src/cli/exit-codes.js'
import { HyphaeError } from '../../src/errors/base.js'
import { FAULT_KINDS } from '../../src/localgrid/admin/fault-schema.js'
import { ROOT, readSources, type SourceFile, shippedSources, visit } from '../architecture/source-tree.js'

const sources = shippedSources()
const page = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8')

/** Rows of all tables of a page whose first cell is a code. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => line.slice(1, -1).split(' | '))
    .map(cells => cells.map(cell => cell.trim()))
    .map(([first = '', ...rest]) => [first.replaceAll('`', ''), ...rest])
}

describe('the error codes of docs/errors.md', () => {
  const isError = ({ path }: SourceFile) => path.startsWith('src/errors/')
  const codesOf = (among: readonly SourceFile[]) =>
    new Set(among.filter(isError).flatMap(({ ast }) => literals(ast, isCodeOfUnion)))
  const declared = codesOf(sources)
  const inConstructors = sources.filter(isError).flatMap(({ ast }) => literals(ast, isFirstOfSuper))
  const used = sources
    .filter(source => !isError(source) && source.path !== 'src/cli/exit-codes.ts')
    .flatMap(({ ast }) => literals(ast, node => declared.has(node.text)))
  const thrown = [...new Set([...used, ...inConstructors])].sort()
  const rows = rowsOf(page('errors.md')).filter(({ length }) => length === 4)

  it('are all that can be thrown, and no others', () => {
    const documented = rows.map(([code = '']) => code)
    expect(thrown.length).toBeGreaterThan(40)
    expect(thrown.filter(code => !documented.includes(code))).toEqual([])
    const known = codesOf(readSources())
    expect(documented.filter(code => !known.has(code) && !inConstructors.includes(code))).toEqual([])
    expect(documented).toHaveLength(new Set(documented).size)
  })

  it('are each thrown somewhere', () => {
    expect([...declared].filter(code => !thrown.includes(code))).toEqual([])
  })

  it('have the exit code that the command line ends with', () => {
    const wrong = rows.filter(([code = '', , , exit]) => String(exitCodeOf(new HyphaeError(code, 'x'))) !== exit)
    expect(wrong).toEqual([])
  })
})

describe('the faults of docs/local-grid.md', () => {
  const text = page('local-grid.md')

  it('are all in the table', () => {
    const kinds = FAULT_KINDS as readonly string[]
    const rows = rowsOf(text.slice(text.indexOf('## Faults on purpose')))
    expect(rows.map(([kind]) => kind).filter(kind => kinds.includes(kind ?? ''))).toEqual([...kinds])
  })

  it('are all set in the program', () => {
    const set = [...text.matchAll(/^ {2}\{ kind: '([a-z-]+)'/gm)].map(([, kind]) => kind)
    expect(set).toEqual([...FAULT_KINDS])
  })
})

describe('the options of docs/moving.md', () => {
  const text = page('moving.md')
  const rows = rowsOf(text.slice(text.indexOf('## Options and environment')))
  const config = sources.find(({ path }) => path === 'src/config.ts')

  it('are all that GridClient takes', () => {
    const options = ['GridUrls', 'GridClientOptions'].flatMap(name => membersOf(config?.ast, name))
    expect(options.length).toBeGreaterThan(10)
    expect(rows.flatMap(([name = '']) => name.split(', ')).sort()).toEqual(options.sort())
  })

  it('name every variable that is read', () => {
    const named = [...text.matchAll(/HYPHAE_[A-Z_]+/g)].map(([name]) => name)
    const read = sources.flatMap(({ ast }) =>
      [...ast.text.matchAll(/HYPHAE_[A-Z_]+[A-Z]/g)]
        .map(([name]) => name)
        .filter(name => !['HYPHAE_ADMIN_URL', 'HYPHAE_SERVICE'].includes(name)),
    )
    expect([...new Set(named)].sort()).toEqual([...new Set(read)].sort())
  })
})

describe('the options of docs/local-grid.md', () => {
  it('are all that startLocalGrid takes', () => {
    const text = page('local-grid.md')
    const table = text.slice(text.indexOf('## In code'), text.indexOf('## Nodes'))
    const file = sources.find(({ path }) => path === 'src/localgrid/options.ts')
    const options = membersOf(file?.ast, 'LocalGridOptions')
    expect(
      rowsOf(table)
        .map(([name]) => name)
        .sort(),
    ).toEqual(options.sort())
  })
})

describe('the tables of docs/node-network.md', () => {
  const text = page('node-network.md')
  const rowsUnder = (heading: string) => {
    const from = text.slice(text.indexOf(`\n${heading}\n`) + 1)
    return rowsOf(from.slice(0, Math.max(from.indexOf('\n#', 1), 0) || undefined)).map(([name = '']) => name)
  }
  const astOf = (path: string) => sources.find(source => source.path === `src/network/node/${path}`)?.ast

  it('have every key of the configuration', () => {
    const config = astOf('config/config.ts')
    expect(rowsUnder('## The configuration')).toEqual(keysOf(config, 'NodeNetworkConfig'))
  })

  it.each([
    ['## Homes and datacentres', 'decide/classify-layout.ts', 'LayoutLabel'],
    ['### Warnings', 'decide/probe.ts', 'WarningCode'],
  ])('under "%s" have every name in %s', (heading, path, union) => {
    const names = namesOfUnion(astOf(path), union)
    expect(names.length).toBeGreaterThan(10)
    expect([...rowsUnder(heading)].sort()).toEqual([...names].sort())
  })

  it('have a way out for every error', () => {
    const codes = namesOfUnion(
      sources.find(({ path }) => path === 'src/errors/node-network.ts')?.ast,
      'NodeNetworkCode',
    )
    expect(codes.length).toBeGreaterThan(10)
    expect([...rowsUnder('## When something is wrong')].sort()).toEqual([...codes].sort())
  })
})

function literals(ast: ts.SourceFile, wanted: (node: ts.StringLiteral) => boolean): readonly string[] {
  const found: string[] = []
  visit(ast, node => {
    if (ts.isStringLiteral(node) && wanted(node)) found.push(node.text)
    return undefined
  })
  return found
}

function isCodeOfUnion(node: ts.StringLiteral): boolean {
  return ts.isLiteralTypeNode(node.parent) && /^[A-Z]+(_[A-Z0-9]+)+$/.test(node.text)
}

function isFirstOfSuper(node: ts.StringLiteral): boolean {
  const { parent } = node
  return (
    ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.SuperKeyword && parent.arguments[0] === node
  )
}

function membersOf(ast: ts.SourceFile | undefined, name: string): string[] {
  const found = ast?.statements.find(one => ts.isInterfaceDeclaration(one) && one.name.text === name)
  return ((found as ts.InterfaceDeclaration | undefined)?.members ?? ([] as readonly ts.TypeElement[])).map(
    member => member.name?.getText() ?? '',
  )
}

/** `a`, `a.b`, `list[].c` of an interface and of those that it is made of, in the order in which they are declared. */
function keysOf(ast: ts.SourceFile | undefined, name: string): readonly string[] {
  const declared = ast?.statements.find(one => ts.isInterfaceDeclaration(one) && one.name.text === name)
  return memberKeys(ast, (declared as ts.InterfaceDeclaration | undefined)?.members ?? [])
}

function memberKeys(ast: ts.SourceFile | undefined, members: Iterable<ts.TypeElement>): readonly string[] {
  return [...members].flatMap(member => {
    if (!ts.isPropertySignature(member) || member.type === undefined) return []
    const key = member.name.getText()
    const { element, list } = elementOf(member.type)
    const inner = ts.isTypeLiteralNode(element)
      ? memberKeys(ast, element.members)
      : ts.isTypeReferenceNode(element)
        ? keysOf(ast, element.typeName.getText())
        : []
    return [key, ...inner.map(one => `${key}${list ? '[]' : ''}.${one}`)]
  })
}

/** What a list is of: `readonly X[]` is `X`. */
function elementOf(type: ts.TypeNode): { readonly element: ts.TypeNode; readonly list: boolean } {
  const inner = ts.isTypeOperatorNode(type) ? type.type : type
  return ts.isArrayTypeNode(inner) ? { element: inner.elementType, list: true } : { element: inner, list: false }
}

function namesOfUnion(ast: ts.SourceFile | undefined, name: string): readonly string[] {
  const declared = ast?.statements.find(one => ts.isTypeAliasDeclaration(one) && one.name.text === name)
  const { type } = (declared ?? {}) as Partial<ts.TypeAliasDeclaration>
  if (type === undefined || !ts.isUnionTypeNode(type)) return []
  return type.types.flatMap(one =>
    ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal) ? [one.literal.text] : [],
  )
}
