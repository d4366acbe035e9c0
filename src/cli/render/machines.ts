/** Machines as their nodes report them. Pure. */
import type { Terminal } from '../context.js'
import { styleOf } from './style.js'
import { tableLines } from './table.js'

const COLUMNS = [
  { title: 'machine', key: 'name' },
  { title: 'node', key: 'nodeId', align: 'right' as const },
  { title: 'contract', key: 'contractId', align: 'right' as const },
  { title: 'state', key: 'state' },
  { title: 'private', key: 'ip', whole: true },
  { title: 'mycelium', key: 'mycelium', whole: true },
  { title: 'planetary', key: 'planetary', whole: true },
  { title: 'public', key: 'publicIp', whole: true },
]

/** @param machines `data.machines` of the message MACHINES_READY */
export function machineLines(machines: unknown, terminal: Pick<Terminal, 'colors' | 'columns'>): readonly string[] {
  if (!Array.isArray(machines) || machines.length === 0) return []
  const rows = machines.map(machine => COLUMNS.map(({ key }) => textOf((machine as Record<string, unknown>)[key])))
  return tableLines(COLUMNS, rows, { style: styleOf(terminal.colors), columns: terminal.columns })
}

function textOf(value: unknown): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}
