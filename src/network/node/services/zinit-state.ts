/** What `zinit list` and `zinit status` print: YAML of one level, and states as Rust shows them. */
import type { ServiceStatus } from './port.js'

export interface ZinitState {
  /** `Running`, `Blocked`, `Error(Exited(Pid(19), 3))` … Source: threefoldtech/zinit src/zinit/mod.rs. */
  readonly text: string
  readonly state: ServiceStatus['state']
  /** How it ended, when it has. */
  readonly end?: string
  /** 0 while none runs, and in a list. */
  readonly pid: number
}

/** By name. */
export function readZinitStates(output: string): ReadonlyMap<string, ZinitState> {
  return new Map([...fieldsOf(output)].map(([name, text]) => [name, stateOf(text, 0, true)]))
}

export function readZinitState(output: string): ZinitState {
  const fields = fieldsOf(output)
  return stateOf(fields.get('state') ?? 'Unknown', Number(fields.get('pid') ?? 0) || 0, fields.get('target') !== 'Down')
}

function stateOf(text: string, pid: number, wanted: boolean): ZinitState {
  const end = endOf(text)
  const state = RUNNING[text] ?? (end !== undefined && wanted ? 'waiting' : 'stopped')
  return { text, state, pid, ...(end === undefined ? {} : { end }) }
}

const RUNNING: Readonly<Record<string, ServiceStatus['state']>> = {
  Running: 'running',
  Spawned: 'starting',
  Blocked: 'starting',
  TestFailure: 'starting',
}

function endOf(text: string): string | undefined {
  if (text === 'Success') return 'exit 0'
  const exited = /^Error\(Exited\(Pid\(\d+\), (\d{1,3})\)\)$/.exec(text)
  if (exited) return `exit ${exited[1]}`
  const signaled = /^Error\(Signaled\(Pid\(\d+\), (SIG[A-Z0-9]+), \w+\)\)$/.exec(text)
  if (signaled) return signaled[1]
  return text.startsWith('Error') ? text.slice(0, 80) : undefined
}

/** Top-level entries only; values may stand in double quotes. */
function fieldsOf(output: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of output.split('\n')) {
    const match = /^([A-Za-z0-9_.-]+): "?(.*?)"?$/.exec(line)
    if (match) fields.set(match[1] as string, match[2] as string)
  }
  return fields
}
