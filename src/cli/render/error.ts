/** An error as a person reads it: what, where, what to do, and what it came from. Pure. */
import { isHyphaeError } from '../../errors/base.js'
import type { Problem } from '../../errors/model.js'
import { styleOf } from './style.js'
import { clean } from './text.js'

const DEEPEST = 8
/** How a program was started says nothing about its error. */
const LOADER = /node_modules\/jiti\/|\/cli\/program\//

/** @param strange how an error is introduced that is none of Hyphae's */
export function errorLines(error: unknown, options: { colors: boolean; stack?: boolean }): readonly string[] {
  const style = styleOf(options.colors)
  const lines: string[] = []
  const code = isHyphaeError(error) ? ` ${style.quiet(error.code)}` : ''
  const problems = problemsOf(error)
  const [first = '', ...more] = problems ? [headOf(error)] : messageOf(error).split('\n')
  lines.push(`${style.bad('error')}${code} ${clean(first)}`, ...more.map(line => clean(line)))
  for (const { path, message, nearest } of problems ?? []) {
    const meant = nearest === undefined ? '' : style.good(`  did you mean ${clean(nearest)}?`)
    lines.push(`  ${style.heading(clean(path))} ${clean(message)}${meant}`)
  }
  if (isHyphaeError(error)) {
    if (error.where !== undefined) lines.push(`  ${style.quiet('where')} ${clean(error.where)}`)
    for (const cause of causesOf(error)) lines.push(`  ${style.quiet('because')} ${clean(cause)}`)
    if (error.hint !== undefined) lines.push(`  ${style.quiet('hint')}  ${clean(error.hint)}`)
  } else if (options.stack && error instanceof Error && error.stack) {
    const frames = error.stack.split('\n').filter(line => /^\s+at /.test(line) && !LOADER.test(line))
    lines.push(...frames.map(line => style.quiet(clean(line))))
  }
  return lines
}

/** The error for machines, without a secret. */
export function errorData(error: unknown): Readonly<Record<string, unknown>> {
  if (isHyphaeError(error)) return error.toJSON()
  return { code: 'ERROR', message: messageOf(error) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

function headOf(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? ''
}

/** Of a ModelError, of whichever copy of Hyphae. */
function problemsOf(error: unknown): readonly Problem[] | undefined {
  const problems = isHyphaeError(error) && error.code === 'MODEL_INVALID' ? error.details?.problems : undefined
  return Array.isArray(problems) ? (problems as readonly Problem[]) : undefined
}

function causesOf(error: Error): readonly string[] {
  const causes: string[] = []
  let cause = error.cause
  for (let depth = 0; depth < DEEPEST && cause !== undefined && cause !== null; depth++) {
    causes.push(headOf(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}
