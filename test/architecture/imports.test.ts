/** The import rule and the few rules of style that a machine can hold. */
import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

import { BROWSER_SAFE, DOORS, LOCALGRID_DOORS, packageOf, roomOf, THIRD_PARTIES } from './rooms.js'
import { type ImportOf, lineOf, readSources, type SourceFile, visit } from './source-tree.js'

const MOST_LINES = 400

const sources = readSources()
const byPath = new Map(sources.map(source => [source.path, source]))
const inside = (source: SourceFile) => source.imports.filter(({ outside }) => !outside)
const at = (source: SourceFile, node: ts.Node, what: string) => `${source.path}:${lineOf(node)} ${what}`

/** Where a node of one of the sources is not as it must be. */
function offences(judge: (node: ts.Node, source: SourceFile) => string | undefined, among = sources): string[] {
  const found: string[] = []
  for (const source of among) {
    visit(source.ast, node => {
      const what = judge(node, source)
      if (what !== undefined) found.push(at(source, node, what))
      return undefined
    })
  }
  return found
}

describe('the import rule', () => {
  it('knows the room of every file', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(() => sources.map(({ path }) => roomOf(path))).not.toThrow()
  })

  it('lets every import of a file lead to a file', () => {
    const lost = sources.flatMap(source =>
      inside(source)
        .filter(({ to }) => !byPath.has(to))
        .map(({ to, line }) => `${source.path}:${line} ${to}`),
    )
    expect(lost).toEqual([])
  })

  it.each(Object.entries(DOORS))('holds for %s', (room, { uses, names = [] }) => {
    const judge = ({ to, typeOnly }: ImportOf): boolean => {
      const other = roomOf(to)
      // The grid of this process is reached by its own doors; see below.
      if (room === 'client' && other === 'localgrid') return true
      return other === room || uses.includes(other) || (typeOnly && names.includes(other))
    }
    const broken = sources
      .filter(({ path }) => roomOf(path) === room)
      .flatMap(source =>
        inside(source)
          .filter(one => !judge(one))
          .map(({ to, line, typeOnly }) => `${source.path}:${line} ${typeOnly ? 'names' : 'uses'} ${to}`),
      )
    expect(broken).toEqual([])
  })

  it('opens the local grid to the client, lazily, and to the command line only', () => {
    const entering = sources
      .filter(({ path }) => roomOf(path) !== 'localgrid')
      .flatMap(source =>
        inside(source)
          .filter(({ to, typeOnly }) => roomOf(to) === 'localgrid' && !typeOnly)
          .filter(({ lazy }) => !lazy || !LOCALGRID_DOORS.some(door => door.test(source.path)))
          .map(({ to, line }) => `${source.path}:${line} ${to}`),
      )
    expect(entering).toEqual([])
  })

  it('lets ports be types only where nothing but their types may be named', () => {
    const code = ['src/chain/port.ts', 'src/rmb/port.ts', 'src/explorer/port.ts'].flatMap(path => {
      const source = byPath.get(path)
      if (!source) return [`${path} is gone`]
      return source.ast.statements
        .filter(one => !ts.isInterfaceDeclaration(one) && !ts.isTypeAliasDeclaration(one))
        .filter(one => !(ts.isImportDeclaration(one) || ts.isExportDeclaration(one)))
        .map(one => at(source, one, 'is code'))
    })
    expect(code).toEqual([])
  })

  it('has no circle of files that need each other to load', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const walk = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '))
      if (done.has(path) || way.includes(path)) return
      const source = byPath.get(path)
      const needed = source ? inside(source).filter(({ typeOnly, lazy }) => !typeOnly && !lazy) : []
      for (const { to } of needed) walk(to, [...way, path])
      done.add(path)
    }
    for (const { path } of sources) walk(path, [])
    expect(circles).toEqual([])
  })
})

describe('third parties', () => {
  const outside = sources.flatMap(source =>
    source.imports
      .filter(one => one.outside && !one.to.startsWith('node:'))
      .map(one => ({ ...one, from: source.path })),
  )

  it('live in one room each', () => {
    const strangers = outside
      .filter(({ typeOnly }) => !typeOnly)
      .filter(({ to, from }) => !THIRD_PARTIES[packageOf(to)]?.some(room => room.test(from)))
      .map(({ to, from, line }) => `${from}:${line} ${to}`)
    expect(strangers).toEqual([])
  })

  it('are named, as types, by no room that could not have them', () => {
    // Rules of fields are written with the validator they are given: its type is named, its code is not loaded.
    const allowed: Readonly<Record<string, RegExp>> = { 'class-validator': /^src\/modules\// }
    const strangers = outside
      .filter(({ typeOnly }) => typeOnly)
      .filter(({ to, from }) => {
        const name = packageOf(to)
        return ![...(THIRD_PARTIES[name] ?? []), ...(allowed[name] ? [allowed[name]] : [])].some(room =>
          room.test(from),
        )
      })
      .map(({ to, from, line }) => `${from}:${line} ${to}`)
    expect(strangers).toEqual([])
  })

  it('are built into Node only under their full name', () => {
    const bare = outside
      .filter(({ to }) => !to.includes('/') && THIRD_PARTIES[packageOf(to)] === undefined)
      .map(({ to, from, line }) => `${from}:${line} ${to}`)
    expect(bare).toEqual([])
  })

  it.each([
    '@polkadot/api',
    '@polkadot/types',
    '@polkadot/util-crypto',
    '@polkadot/wasm-crypto',
    'axios',
    'ajv',
    'jiti',
  ])('load %s only when it is needed', name => {
    // The local grid's chain is loaded as a whole, when one is started.
    const started = /^src\/localgrid\/chain\//
    const eager = outside
      .filter(({ to, typeOnly, lazy, from }) => packageOf(to) === name && !typeOnly && !lazy && !started.test(from))
      .map(({ from, line }) => `${from}:${line}`)
    expect(eager).toEqual([])
  })
})

describe('what a browser runs too', () => {
  const roots = sources.filter(({ path }) => BROWSER_SAFE.some(part => part.test(path)))
  const reached = new Map<string, SourceFile>()
  const reach = (source: SourceFile): void => {
    if (reached.has(source.path)) return
    reached.set(source.path, source)
    for (const { to, typeOnly } of inside(source)) if (!typeOnly) reach(byPath.get(to) as SourceFile)
  }
  for (const root of roots) reach(root)
  const all = [...reached.values()]

  it('imports nothing of Node, directly or through others', () => {
    expect(roots.length).toBeGreaterThan(40)
    const broken = all.flatMap(source =>
      source.imports
        .filter(one => one.outside && !one.typeOnly)
        .filter(({ to }) => !/^(@noble\/hashes|@scure\/base|tweetnacl)(\/|$)/.test(to))
        .map(({ to, line }) => `${source.path}:${line} ${to}`),
    )
    expect(broken).toEqual([])
  })

  it('names no global of Node', () => {
    const broken = offences(node => {
      if (!ts.isIdentifier(node)) return undefined
      if (!['Buffer', 'process', 'require', '__dirname', '__filename', 'setImmediate', 'global'].includes(node.text)) {
        return undefined
      }
      return isReference(node) ? node.text : undefined
    }, all)
    expect(broken).toEqual([])
  })
})

describe('what no source file does', () => {
  const outsideCli = sources.filter(({ path }) => roomOf(path) !== 'cli')

  it('waits while it is loaded', () => {
    const found: string[] = []
    for (const source of sources) {
      visit(source.ast, node => {
        if (ts.isFunctionLike(node)) return false
        if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) {
          found.push(at(source, node, 'await'))
        }
        return undefined
      })
    }
    expect(found).toEqual([])
  })

  it('prints, but for the command line', () => {
    const prints = offences(node => {
      if (!ts.isPropertyAccessExpression(node)) return undefined
      const owner = node.expression.getText()
      if (owner === 'console') return node.getText()
      return owner === 'process' && /^(stdout|stderr)$/.test(node.name.text) ? node.getText() : undefined
    }, outsideCli)
    expect(prints).toEqual([])
  })

  it('ends the process, but for the command line', () => {
    const exits = offences(node => {
      if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== 'process') return undefined
      return /^(exit|abort|exitCode|removeAllListeners|on|once)$/.test(node.name.text)
        ? `process.${node.name.text}`
        : undefined
    }, outsideCli)
    expect(exits).toEqual([])
  })

  it('makes code of text', () => {
    const found = offences(node => {
      if (!ts.isIdentifier(node) || !isReference(node)) return undefined
      return node.text === 'eval' || node.text === 'Function' ? node.text : undefined
    })
    expect(found).toEqual([])
  })

  it('hands a command to a shell', () => {
    const importing = sources.filter(({ imports }) => imports.some(({ to }) => to === 'node:child_process'))
    const found = offences(node => {
      if (ts.isImportSpecifier(node) && /^exec(Sync)?$/.test((node.propertyName ?? node.name).text)) return 'exec'
      if (ts.isNamespaceImport(node) && node.parent.parent.getText().includes('child_process')) return 'child_process'
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'shell') return 'shell'
      return undefined
    }, importing)
    expect(found).toEqual([])
  })

  it('keeps state that two clients would share', () => {
    // Made once of nothing but definitions, and the same for whoever asks.
    const made = ['src/localgrid/chain/metadata/cached.ts', 'src/localgrid/chain/runtime/runtime.ts']
    const stateful = sources.filter(({ path }) => !made.includes(path))
    const found = stateful.flatMap(source =>
      source.ast.statements
        .filter(ts.isVariableStatement)
        .filter(({ declarationList }) => (declarationList.flags & ts.NodeFlags.Const) === 0)
        .map(one => at(source, one, one.getText().slice(0, 60))),
    )
    expect(found).toEqual([])
  })

  it('throws a bare Error at those who use it', () => {
    // Go's own functions, with Go's own texts: whoever calls them says where it was.
    const go = /^src\/zos\/go\//
    const found = offences(
      node => {
        if (!ts.isThrowStatement(node) || !ts.isNewExpression(node.expression)) return undefined
        return node.expression.expression.getText() === 'Error' ? 'throws a bare Error' : undefined
      },
      sources.filter(({ path }) => !go.test(path)),
    )
    expect(found).toEqual([])
  })
})

describe('a source file', () => {
  it(`has at most ${MOST_LINES} lines`, () => {
    expect(sources.filter(({ lines }) => lines > MOST_LINES).map(({ path, lines }) => `${path} ${lines}`)).toEqual([])
  })

  it('is named after what is in it', () => {
    const vague = /(^|\/)(utils?|helpers?|common|types|misc|shared|lib)(\.ts$|\/)/
    expect(sources.map(({ path }) => path).filter(path => vague.test(path))).toEqual([])
  })

  it('is named in lower case with hyphens', () => {
    expect(sources.map(({ path }) => path).filter(path => !/^src(\/[a-z0-9-]+)+\.ts$/.test(path))).toEqual([])
  })
})

/** True for a name that stands for a value of its own, not for a property or a declared name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name !== node
  }
  if (ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isTypeReferenceNode(parent)) return false
  if (ts.isParameter(parent) || ts.isVariableDeclaration(parent)) return parent.name !== node
  return !ts.isImportSpecifier(parent) && !ts.isQualifiedName(parent)
}
