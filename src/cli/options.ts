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

/** `4194304`, `4MiB`, `64 KiB`. */
export function readByteCount(text: string): number {
  const [, digits = '', unit = 'B'] = /^(\d{1,15}) ?(B|KiB|MiB|GiB)?$/.exec(text) ?? []
  const bytes = Number(digits) * { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit as 'B']
  if (digits === '' || !Number.isSafeInteger(bytes))
    throw new SyntaxError('write a number of bytes, or one with KiB, MiB, GiB')
  return bytes
}

/** A number that is not below zero, with or without a fraction. */
export function readAmount(text: string): number {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) throw new SyntaxError('write a number like 5 or 0.5')
  return Number(text)
}
