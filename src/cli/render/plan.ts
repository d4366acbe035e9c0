/** A plan as a person reads it: by node what happens and why, then the addresses, then the cost. Pure. */
import type { CostEstimate, Price } from '../../plan/cost.js'
import type { Plan, PlannedAddress } from '../../plan/plan.js'
import type { Change, Step } from '../../plan/step.js'
import type { Terminal } from '../context.js'
import { type Style, styleOf } from './style.js'
import { tableLines } from './table.js'
import { clean, counted } from './text.js'

const LONGEST_VALUE = 60

export function planLines(plan: Plan, terminal: Pick<Terminal, 'colors' | 'columns'>): readonly string[] {
  const style = styleOf(terminal.colors)
  const head = plan.empty
    ? `${style.heading(clean(plan.name))} is as it should be: nothing to do`
    : `${style.heading(clean(plan.name))} needs ${counted(plan.steps.length, 'step')}`
  const nodes = [...new Set(plan.steps.map(step => step.nodeId))].sort((a, b) => a - b)
  const steps = nodes.flatMap(nodeId => [
    `  ${style.heading(`node ${nodeId}`)}`,
    ...plan.steps.filter(step => step.nodeId === nodeId).flatMap(step => stepLines(step, style)),
  ])
  return [
    head,
    ...steps,
    ...addressLines(plan.addresses, style, terminal.columns),
    ...(plan.empty ? [] : costLines(plan.cost, style)),
    ...plan.warnings.map(({ path, message }) => `  ${style.caution('warning')} ${clean(`${path} ${message}`)}`),
  ]
}

function stepLines(step: Step, style: Style): readonly string[] {
  const { mark, verb } = verbOf(step, style)
  const head = `    ${mark} ${verb} ${clean(`${step.contractType} ${step.name}`)}  ${style.quiet(clean(step.because))}`
  const lost =
    'lost' in step && step.lost.length > 0 ? [`        ${style.bad('lost')} ${clean(step.lost.join(', '))}`] : []
  const kept =
    'kept' in step && step.kept.length > 0 ? [`        ${style.quiet(`kept ${clean(step.kept.join(', '))}`)}`] : []
  const changes = 'changes' in step ? step.changes.map(change => `        ${changeLine(change, style)}`) : []
  return [head, ...changes, ...lost, ...kept]
}

function verbOf(step: Step, style: Style): { mark: string; verb: string } {
  switch (step.kind) {
    case 'create':
      return { mark: style.good('+'), verb: 'create' }
    case 'update':
      return { mark: style.change('~'), verb: `update ${step.contractId} to version ${step.version}:` }
    case 'send':
      return { mark: style.change('>'), verb: `send ${step.contractId}:` }
    case 'wait':
      return { mark: style.quiet('…'), verb: `wait for ${step.contractId}:` }
    case 'cancel':
      return { mark: style.bad('-'), verb: `cancel ${step.contractId}:` }
    case 'hold':
      return { mark: style.caution('!'), verb: 'cannot do' }
  }
}

function changeLine(change: Change, style: Style): string {
  const what = clean(`${change.type} ${change.workload}`)
  switch (change.action) {
    case 'add':
      return `${style.good('+')} ${what}`
    case 'remove':
      return `${style.bad('-')} ${what}`
    case 'recreate':
      return `${style.caution('±')} ${what} ${style.quiet('leaves and returns')}${difference(change, style)}`
    case 'update':
      return `${style.change('~')} ${what}${difference(change, style)}`
  }
}

function difference({ path, from, to }: Change, style: Style): string {
  if (path === undefined) return ''
  return ` ${clean(path)} ${style.quiet(valueText(from))} → ${valueText(to)}`
}

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text =
    typeof value === 'object'
      ? JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part))
      : `${value}`
  return clean(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text)
}

function addressLines(
  addresses: readonly PlannedAddress[],
  style: Style,
  columns: number | undefined,
): readonly string[] {
  if (addresses.length === 0) return []
  const titles = [
    { title: 'machine' },
    { title: 'node', align: 'right' as const },
    { title: 'network' },
    { title: 'private', whole: true },
    { title: 'mycelium', whole: true },
    { title: 'public' },
  ]
  const rows = addresses.map(address => [
    address.machine,
    address.nodeId,
    address.network,
    address.ip,
    address.mycelium,
    [address.publicIp ? 'IPv4' : '', address.planetary ? 'planetary' : ''].filter(Boolean).join(', '),
  ])
  return ['', ...tableLines(titles, rows, { style, columns, indent: '  ' })]
}

function costLines({ perHour, perMonth, discount }: CostEstimate, style: Style): readonly string[] {
  const price = ({ usd, tft }: Price) => `${amount(usd)} USD (${amount(tft)} TFT)`
  const less =
    discount === 'None' ? '' : style.quiet(`  with the ${discount.toLowerCase()} discount of the account's balance`)
  return ['', `  cost ${price(perHour)} an hour, ${price(perMonth)} a month${less}`]
}

/** Four digits that count. */
function amount(value: number): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(4)))
}
