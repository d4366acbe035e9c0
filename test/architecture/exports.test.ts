/** Every public name. A name that comes, goes or becomes a type is a decision: the snapshot makes it one. */
import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

import { readSources } from './source-tree.js'

const DOORS = [
  ['hyphae', 'src/index.ts', () => import('../../src/index.js')],
  ['hyphae/localgrid', 'src/localgrid/index.ts', () => import('../../src/localgrid/index.js')],
  ['hyphae/node-network', 'src/network/node/index.ts', () => import('../../src/network/node/index.js')],
] as const

describe.each(DOORS)('the public names of %s', (_, path, load) => {
  const names = exportedNames(path)

  it('are these', async () => {
    const values = Object.keys(await load())
    expect(values.filter(name => !names.includes(name))).toEqual([])
    expect({
      values: values.sort(),
      types: names.filter(name => !values.includes(name)).sort(),
    }).toMatchSnapshot()
  })
})

/** Names written out one by one; anything else is refused. */
function exportedNames(path: string): readonly string[] {
  const source = readSources().find(one => one.path === path)
  if (!source) throw new Error(`${path} is gone`)
  return source.ast.statements.flatMap(statement => {
    if (ts.isExportAssignment(statement)) throw new Error(`${path} has a default export`)
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement
      if (!exportClause || !ts.isNamedExports(exportClause)) throw new Error(`${path} exports names it does not write`)
      return exportClause.elements.map(({ name }) => name.text)
    }
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText())
    }
    const { name } = statement as ts.DeclarationStatement
    return name ? [name.text] : []
  })
}
