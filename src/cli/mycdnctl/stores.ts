/** What every verb needs: the registry and places a reference leads to, a way to be interrupted, someone to report to. */
import { formatReference, formatReferenceUrl, parseReference, type Reference } from '../../cdn/meta/index.js'
import {
  DEFAULT_REGISTRY,
  type ObjectStores,
  type Place,
  placeName,
  readConfig,
  registryClient,
  resolvePlaces,
  zdbBlockStore,
} from '../../cdn/object/index.js'
import { CancelledError } from '../../errors/wait.js'
import type { Host } from '../../events/host.js'
import { type CliContext, terminalOf } from '../context.js'
import { ProgressBar } from './progress-bar.js'

export interface Connection {
  readonly stores: ObjectStores
  readonly signal: AbortSignal
  readonly host: Host
  readonly bar: ProgressBar | undefined
}

export interface ReadFlags {
  readonly registry?: string
  readonly config?: string
  readonly json: boolean
}

/** Runs `work` connected; afterwards every connection is closed, whatever happened. */
export async function connected<T>(
  context: CliContext,
  { registry, json, doing }: { registry: string; json: boolean; doing: string },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { stdout, stderr, env } = context.process
  const abort = new AbortController()
  void context.interrupted.then(signal => abort.abort(new CancelledError(doing, { details: { signal } })))
  const terminal = terminalOf(stderr, env)
  const bar = !json && terminal.interactive ? new ProgressBar(stderr, terminal) : undefined
  const host: Host = {
    notify({ code, level, text, data }) {
      if (json) stdout.write(`${JSON.stringify({ code, level, text, ...(data && { data }) })}\n`)
      else if (level === 'warn' || level === 'error') {
        bar?.clear()
        stderr.write(`${text}\n`)
      }
      bar?.notify({ code, level, text, ...(data && { data }) })
    },
  }
  const token = env.REGISTRY_TOKEN
  const metadata = registryClient({ url: registry, ...(token ? { token } : {}) })
  const blocks = zdbBlockStore()
  try {
    return await work({ stores: { metadata, blocks }, signal: abort.signal, host, bar })
  } catch (error) {
    // What was under way failed because it was told to end.
    throw abort.signal.aborted ? abort.signal.reason : error
  } finally {
    bar?.clear()
    await blocks.close()
  }
}

/** The reference of an argument, and the registry to ask. */
export function referenceOf(text: string, flags: ReadFlags): { reference: Reference; registry: string } {
  const reference = parseReference(text)
  return { reference, registry: flags.registry ?? reference.registry ?? DEFAULT_REGISTRY }
}

/** Places of a configuration, for their passwords and as replacements. */
export async function placesOf(path: string | undefined): Promise<readonly Place[]> {
  return path === undefined ? [] : resolvePlaces(await readConfig(path))
}

/** Gives a place the password that the configuration has for it. */
export function reachWith(places: readonly Place[]): (place: Place) => Place {
  const known = new Map(places.map(place => [placeName(place), place]))
  return place => (place.secret === undefined ? (known.get(placeName(place)) ?? place) : place)
}

/** A URL where the registry has a name, text otherwise. */
export function referenceTexts(reference: Reference): { readonly url?: string; readonly reference: string } {
  const text = formatReference(reference)
  const { hostname } = new URL(reference.registry ?? DEFAULT_REGISTRY)
  const named = reference.registry !== undefined && !hostname.startsWith('[') && !/^[\d.]+$/.test(hostname)
  return named ? { url: formatReferenceUrl(reference), reference: text } : { reference: text }
}
