/** One command of a node's API: who may call it, and what it answers. */
import type { LocalNode } from '../local-node.js'

export interface Call {
  readonly node: LocalNode
  /** The twin that asks; verified by the message bus. */
  readonly caller: number
  /** JSON text; empty for commands without arguments. */
  readonly payload: string
}

export type Authority = 'any' | 'farmer' | 'admin'

export interface Command {
  readonly authority: Authority
  /** Plain data that becomes the JSON of the answer; undefined becomes `null`.
   *
   * @throws {ZosError} with the node's text
   */
  run(call: Call): unknown
}

export type CommandTable = Readonly<Record<string, Command>>

/** Commands that everybody may call. */
export function open(run: Command['run']): Command {
  return { authority: 'any', run }
}
