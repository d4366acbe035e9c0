import { refuse } from './refuse.js'

/** A number in decimal, at most `most`. */
export function readCount(arg: Buffer, most = Number.MAX_SAFE_INTEGER): number {
  const text = arg.toString('latin1')
  if (!/^\d{1,16}$/.test(text) || Number(text) > most) throw refuse('Invalid argument')
  return Number(text)
}

/** Seconds since the epoch. */
export function readTimestamp(arg: Buffer | undefined): number | undefined {
  return arg === undefined ? undefined : readCount(arg, 0xffff_ffff)
}

/** Words of the protocol are taken in any case. */
export function isWord(arg: Buffer | undefined, word: string): boolean {
  return arg !== undefined && arg.length === word.length && arg.toString('latin1').toUpperCase() === word
}
