/** Arguments that are more than text. What is wrong with one is thrown; the parser says which argument it was. */
import type { NodeKind } from '../localgrid/ports.js'

const KINDS: readonly NodeKind[] = ['full', 'hidden', 'gateway', 'light', 'gpu']

/** `20` or `full=20,light=2`. */
export function readNodeCounts(text: string): Partial<Record<NodeKind, number>> {
  if (/^\d+$/.test(text)) return { full: Number(text) }
  const counts: Partial<Record<NodeKind, number>> = {}
  for (const part of text.split(',')) {
    const [, kind, count] = /^([a-z]+)=(\d{1,6})$/.exec(part.trim()) ?? []
    if (kind === undefined || !(KINDS as readonly string[]).includes(kind)) {
      throw new SyntaxError(`write a number, or KIND=NUMBER with a comma between them; kinds are ${KINDS.join(', ')}`)
    }
    counts[kind as NodeKind] = Number(count)
  }
  return counts
}

export function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_532) throw new SyntaxError('a port is a number from 0 to 65532')
  return Number(text)
}
