/** How a node's network is told of: what came of an apply, and which layout it is. Pure. */
import type { NicProbe } from '../../network/node/decide/probe.js'
import type { Applied, Explanation } from '../../network/node/node-network.js'
import type { FamilyReadiness } from '../../network/node/readiness.js'
import type { Terminal } from '../context.js'
import { beside } from './branches.js'
import { type Style, styleOf } from './style.js'
import { tableLines } from './table.js'
import { clean, counted, wrapped } from './text.js'

/** Width of the column in which facts are named. */
const NAMES = 9

export function readinessLines(done: Applied, terminal: Pick<Terminal, 'colors' | 'columns'>): readonly string[] {
  const style = styleOf(terminal.colors)
  const { choice, applied, elapsedMs, readiness } = done
  const what = applied.length === 0 ? 'nothing was to do' : `${counted(applied.length, 'operation')} done`
  const nics = `uplink ${clean(choice.uplink)}${choice.exit === undefined ? '' : `, exit ${clean(choice.exit)}`}`
  return [
    `${style.good('✓')} ${what} in ${Math.round(elapsedMs)} ms`,
    ...beside(nics, clean(choice.reason), room(terminal.columns), style.quiet).map(line => `  ${line}`),
    familyLine('IPv4', readiness.ipv4, style),
    familyLine('IPv6', readiness.ipv6, style),
  ]
}

function familyLine(name: string, { ready, address, gateway }: FamilyReadiness, style: Style): string {
  if (ready) return `  ${style.good('✓')} ${name} ${address} through ${gateway}`
  return `  ${style.caution('…')} ${name} ${address === undefined ? 'no address yet' : `${address}, no way out yet`}`
}

export function explanationLines(
  { layout, probes, missing }: Explanation,
  terminal: Pick<Terminal, 'colors' | 'columns'>,
): readonly string[] {
  const style = styleOf(terminal.colors)
  const { label, uplink, exit, mode, stack, hidden, reason, warnings } = layout
  const facts: readonly (readonly [string, string])[] = [
    ['uplink', uplink ?? 'none'],
    ['exit', exit ?? (uplink === undefined ? 'none' : `through ${uplink}`)],
    ['mode', mode],
    ['families', { v4: 'IPv4', v6: 'IPv6', dual: 'IPv4 and IPv6', none: 'none' }[stack]],
    ['hidden', hidden],
    ['why', reason],
  ]
  return [
    `${style.heading(label)}`,
    ...facts.flatMap(([name, value]) =>
      wrapped(clean(value), room(terminal.columns) - NAMES).map(
        (line, i) => `  ${style.quiet((i === 0 ? name : '').padEnd(NAMES))}${line}`,
      ),
    ),
    '',
    ...tableLines(
      [
        { title: 'NIC' },
        { title: 'cable' },
        { title: 'IPv4', whole: true },
        { title: 'router' },
        { title: 'IPv6', whole: true },
        { title: 'router6' },
      ],
      probes.map(probeRow),
      { style, columns: terminal.columns, indent: '  ' },
    ),
    ...(warnings.length === 0 ? [] : ['']),
    ...warnings.flatMap(({ code, message }) =>
      beside(style.caution(clean(code)), clean(message), room(terminal.columns)).map(line => `  ${line}`),
    ),
    ...(missing.length === 0 ? [] : ['', `  ${style.quiet('this machine lacks')}`]),
    ...missing.flatMap(({ capability, reason }) =>
      beside(style.bad(capability), clean(reason), room(terminal.columns)).map(line => `  ${line}`),
    ),
  ]
}

/** Beside the indentation. */
function room(columns: number | undefined): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : columns - 2
}

function probeRow({ nic, carrier, leases, ipv6, gateway6 }: NicProbe) {
  return [
    nic,
    carrier ? 'yes' : 'no',
    leases.map(({ address }) => address).join(', '),
    leases.map(({ router }) => router ?? '').join(', '),
    ipv6.join(', '),
    gateway6,
  ]
}
