/** What is to be done to a node's network: by namespace, with the reason of each operation. Pure. */

import type { NodePlan } from '../../network/node/node-network.js'
import { describeOperation } from '../../network/node/plan/describe-operation.js'
import type { Operation } from '../../network/node/state/operation.js'
import type { Terminal } from '../context.js'
import { type Style, styleOf } from './style.js'
import { clean, counted } from './text.js'

export function networkPlanLines(plan: NodePlan, terminal: Pick<Terminal, 'colors'>): readonly string[] {
  const style = styleOf(terminal.colors)
  const { operations, conflicts, probes, choice } = plan
  const head =
    operations.length === 0 && conflicts.length === 0
      ? `${style.heading("the node's network")} is as it should be: nothing to do`
      : `${style.heading("the node's network")} needs ${counted(operations.length, 'operation')}`
  const probing =
    probes.length === 0
      ? []
      : [`  ${style.caution('?')} probe ${clean(probes.join(', '))}  ${style.quiet(clean(choice.reason))}`]
  const namespaces = [...new Set(operations.map(namespaceOf))]
  return [
    head,
    ...probing,
    ...namespaces.flatMap(namespace => [
      `  ${style.heading(clean(namespace))}`,
      ...operations.filter(one => namespaceOf(one) === namespace).map(one => operationLine(one, style)),
    ]),
    ...conflicts.map(
      ({ namespace, name, message, hint }) =>
        `  ${style.bad('!')} ${clean(`${namespace}/${name} ${message}`)}  ${style.quiet(clean(hint))}`,
    ),
  ]
}

function namespaceOf(operation: Operation): string {
  switch (operation.kind) {
    case 'service-start':
    case 'service-stop':
      return 'services'
    case 'vlan-add':
    case 'vlan-delete':
      return operation.place.namespace
    default:
      return operation.namespace
  }
}

function operationLine(operation: Operation, style: Style): string {
  return `    ${mark(operation, style)} ${clean(describeOperation(operation))}  ${style.quiet(clean(operation.because))}`
}

function mark({ kind }: Operation, style: Style): string {
  if (kind.endsWith('-delete') || kind === 'service-stop') return style.bad('-')
  if (kind.endsWith('-add') || kind === 'service-start') return style.good('+')
  return style.change('~')
}
