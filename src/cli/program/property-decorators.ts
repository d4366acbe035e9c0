/**
 * A Babel plugin for programs with decorated properties, which jiti's own set cannot handle.
 *
 * jiti applies decorators the legacy way but leaves fields to the engine, and the two do not go together: the first
 * instance throws. So decorators of properties are called in a static block instead, with what TypeScript gives them:
 * the prototype (or the class, for static ones) and the key. A field without a value disappears, as it does in
 * TypeScript unless fields are defined.
 */
interface Node {
  type: string
  [key: string]: unknown
}

interface Property extends Node {
  decorators?: { expression: Node }[] | null
  key: Node & { name?: string; value?: unknown }
  value: Node | null
  static?: boolean
  computed?: boolean
}

interface Path<N extends Node> {
  readonly node: N
  traverse(visitor: Record<string, (path: Path<Node>) => void>): void
}

export function propertyDecorators() {
  return {
    name: 'hyphae-property-decorators',
    visitor: {
      // Before the visitors of other plugins see the classes.
      Program(path: Path<Node>) {
        path.traverse({ ClassBody: ({ node }) => rewrite(node as Node & { body: Property[] }) })
      },
    },
  }
}

function rewrite(classBody: { body: Property[] }): void {
  const calls: Node[] = []
  classBody.body = classBody.body.filter(member => {
    const decorators = member.type === 'ClassProperty' && !member.computed ? (member.decorators ?? []) : []
    if (decorators.length === 0) return true
    // The last decorator is applied first.
    for (const { expression } of [...decorators].reverse()) calls.push(statement(call(expression, member)))
    member.decorators = null
    return member.value !== null
  })
  if (calls.length > 0) classBody.body.push({ type: 'StaticBlock', body: calls } as unknown as Property)
}

function call(decorator: Node, member: Property): Node {
  const owner: Node = { type: 'ThisExpression' }
  const prototype = { type: 'Identifier', name: 'prototype' }
  const target = member.static
    ? owner
    : { type: 'MemberExpression', object: owner, property: prototype, computed: false }
  const key = { type: 'StringLiteral', value: String(member.key.name ?? member.key.value) }
  return { type: 'CallExpression', callee: decorator, arguments: [target, key] }
}

const statement = (expression: Node): Node => ({ type: 'ExpressionStatement', expression })
