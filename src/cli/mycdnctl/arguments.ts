/** Arguments of `mycdnctl` that are more than text, and those that may stand before the verb. */
import { LAYOUTS, type Layout } from '../../cdn/meta/index.js'
import { LEAST_CHUNK_BYTES, MOST_CHUNK_BYTES } from '../../cdn/object/index.js'

/** `--registry URL upload …` is `upload --registry URL …`: released uploaders take it only there. */
export function registryBehindVerb(args: readonly string[]): readonly string[] {
  const before: string[] = []
  let at = 0
  while (at < args.length) {
    const arg = args[at] as string
    if (/^(-r=|--registry=)/.test(arg)) before.push(arg.replace(/^-r=/, '--registry='))
    else if ((arg === '-r' || arg === '--registry') && at + 1 < args.length)
      before.push('--registry', args[++at] as string)
    else break
    at++
  }
  const [verb, ...rest] = args.slice(at)
  return verb === undefined || verb.startsWith('-') ? [...args] : [verb, ...before, ...rest]
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 * 1024 }

/** Bytes: `5242880`, `5MiB`. */
export function readChunkSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})(KiB|MiB)?$/.exec(text) ?? []
  const bytes = Number(digits) * (UNITS[unit] ?? Number.NaN)
  if (!(bytes >= LEAST_CHUNK_BYTES && bytes <= MOST_CHUNK_BYTES)) {
    throw new SyntaxError(`a chunk has ${LEAST_CHUNK_BYTES} to ${MOST_CHUNK_BYTES} bytes`)
  }
  return bytes
}

export function readConcurrency(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) < 1 || Number(text) > 64)
    throw new SyntaxError('write a number from 1 to 64')
  return Number(text)
}

export function readLayout(text: string): Layout {
  const layout = LAYOUTS.find(one => one === text)
  if (!layout) throw new SyntaxError(`layouts are ${LAYOUTS.join(', ')}`)
  return layout
}

export function readRegistryUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new SyntaxError('write the address of a registry like https://cdn.example.org or http://localhost:8080')
  }
  return text
}
