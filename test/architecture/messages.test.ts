/** Messages are a promise to whoever reads them by their code: none is sent that is not listed, none listed that is not sent. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

import { messages } from '../../src/events/messages.js'
import { lineOf, ROOT, readSources, type SourceFile, shippedSources, visit } from './source-tree.js'

const codes = Object.keys(messages)

/** Every `code: 'X'` beside a `level`, and every code that is asked about. */
const sentBy = (source: SourceFile) => {
  const found: { code: string; where: string }[] = []
  visit(source.ast, node => {
    if (!ts.isObjectLiteralExpression(node)) return undefined
    const property = (name: string) =>
      node.properties.find(one => ts.isPropertyAssignment(one) && one.name.getText() === name) as
        | ts.PropertyAssignment
        | undefined
    const code = property('code')
    if (!code || !(property('level') || property('fallback'))) return undefined
    visit(code.initializer, part => {
      if (ts.isStringLiteral(part)) found.push({ code: part.text, where: `${source.path}:${lineOf(part)}` })
      return undefined
    })
    return undefined
  })
  return found
}
const sent = shippedSources().flatMap(sentBy)

const isCli = (where: string) => where.startsWith('src/cli/')

describe('messages', () => {
  it('are all in the list', () => {
    // How a program ended is said by the command line alone, after the last message.
    const strangers = sent.filter(({ code, where }) => !codes.includes(code) && !(code === 'FAILED' && isCli(where)))
    expect(strangers).toEqual([])
  })

  it('are all sent', () => {
    const used = new Set(
      readSources()
        .flatMap(sentBy)
        .map(({ code }) => code),
    )
    expect(codes.filter(code => !used.has(code))).toEqual([])
  })

  it.each(Object.entries(messages))('say of %s when it is sent and what data it carries', (_, text) => {
    expect(text).toMatch(/^.{10,}: \{.*\}$/)
  })

  it('are in docs/errors.md, in the same words', () => {
    const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8')
    const rows = page
      .split('\n')
      .map(line => /^\| `([A-Z_]+)` +\| (.+): `(\{.*\})` +\|$/.exec(line))
      .flatMap(match => (match ? [[match[1], `${match[2]}: ${match[3]}`]] : []))
    expect(messages).toMatchObject(Object.fromEntries(rows))
    const documented = rows.map(([code]) => code)
    expect(sent.filter(({ code, where }) => !documented.includes(code) && !isCli(where))).toEqual([])
  })
})
