/**
 * Rulesets as text for `nft -f -`: a table is replaced as a whole, in one transaction.
 *
 * To add, delete and add again works whether the table was there or not; `flush ruleset` would take other people's tables
 * with it. One statement of a chain is one line: nft 1.0.6 takes no nested chains on one.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { checkFamily, checkIdentifier } from './nft-names.js'
import { renderStatement, renderValue } from './render-statement.js'
import type { NftChain, NftFamily, NftSet, NftTable } from './ruleset.js'

/** @throws {NodeNetworkError} NODE_NET_NAME for a name that would mean something else, or a statement that no ruleset of
 * ours has; nothing is rendered then
 * @example renderNft(natTable) // 'table inet nat {}\ndelete table inet nat\ntable inet nat {\n…}\n'
 */
export function renderNft(table: NftTable): string {
  if (table.others !== undefined) {
    throw new NodeNetworkError('NODE_NET_NAME', `the table ${table.name} holds what cannot be rendered`)
  }
  const blocks = [...table.sets.map(renderSet), ...table.chains.map(renderChain)]
  return `${renderNftDelete(table.family, table.name)}table ${titleOf(table.family, table.name)} {\n${blocks.join('')}}\n`
}

/** No error when the table is not there. @throws {NodeNetworkError} NODE_NET_NAME */
export function renderNftDelete(family: NftFamily, name: string): string {
  const title = titleOf(family, name)
  return `table ${title} {}\ndelete table ${title}\n`
}

function titleOf(family: NftFamily, name: string): string {
  return `${checkFamily(family)} ${checkIdentifier(name, 'the table')}`
}

function renderSet({ name, type, elements }: NftSet): string {
  const types = type.map(part => checkIdentifier(part, 'the type of a set')).join(' . ')
  const lines = [`type ${types}`]
  if (elements.length > 0) lines.push(`elements = { ${elements.map(renderValue).join(', ')} }`)
  return renderBlock(`set ${checkIdentifier(name, 'the set')}`, lines)
}

function renderChain({ name, hook, rules }: NftChain): string {
  const lines = rules.map(({ statements }) => statements.map(renderStatement).join(' '))
  if (hook !== undefined) {
    const type = checkIdentifier(hook.type, 'the type of a chain')
    const where = checkIdentifier(hook.hook, 'the hook of a chain')
    const policy = checkIdentifier(hook.policy, 'the policy of a chain')
    lines.unshift(`type ${type} hook ${where} priority ${renderValue(hook.priority)}; policy ${policy};`)
  }
  return renderBlock(`chain ${checkIdentifier(name, 'the chain')}`, lines)
}

function renderBlock(title: string, lines: readonly string[]): string {
  return `  ${title} {\n${lines.map(line => `    ${line}\n`).join('')}  }\n`
}
