/** Which moments of a run are tried. */
import type { CrashPoint } from './crash-child.js'

const WAYS = ['before', 'during', 'after'] as const

/** `all`, a number, or another one every time. */
export function seedOf(text: string | undefined): number | 'all' {
  if (text === 'all') return text
  return text === undefined ? Math.floor(Math.random() * 1e9) : Number(text)
}

/** @param all every step in every way, whatever the seed is */
export function crashPoints(steps: number, seed: number | 'all', all = false): readonly CrashPoint[] {
  return Array.from({ length: steps }, (_, index) => index + 1).flatMap(step => {
    const drawn = seed === 'all' || all ? WAYS : [WAYS[draw(seed, step) % WAYS.length] ?? 'after']
    return drawn.map(when => ({ step, when }))
  })
}

/** A number that looks random and is always the same. Source: mulberry32. */
function draw(seed: number, step: number): number {
  let mixed = (seed + step * 0x6d2b79f5) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return (mixed ^ (mixed >>> 14)) >>> 0
}
