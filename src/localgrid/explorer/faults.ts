/** How the explorer misbehaves when told to. */
import type { Fault, FaultBoard } from '../faults.js'

export type ExplorerService = NonNullable<Extract<Fault, { kind: 'garbage-explorer' }>['service']>

export interface Misbehaviour {
  /** The answer to give instead, undefined for the right one. Waits for ever while the service is silent. */
  strike(service: ExplorerService, gone: AbortSignal): Promise<Garbage | undefined>
  /** Lets silent requests go. */
  close(): void
}

export interface Garbage {
  readonly status: 200 | 502
  readonly contentType: string
  readonly body: string
}

/** In turn: a proxy's page, JSON cut off, JSON of another shape, bytes that are no text, nothing. */
const GARBAGE: readonly Garbage[] = [
  { status: 502, contentType: 'text/html', body: '<html><body><h1>502 Bad Gateway</h1></body></html>' },
  { status: 200, contentType: 'application/json', body: '[{"nodeId":11,"farmId":1,"twinId":' },
  { status: 200, contentType: 'application/json', body: '{"data":{"nodes":[{"twinID":"NaN"}]},"nodeId":-1}' },
  { status: 200, contentType: 'application/octet-stream', body: '\u0000\u0001\ufffd\u0000' },
  { status: 200, contentType: 'application/json', body: '' },
]

export function misbehaviour(faults: FaultBoard): Misbehaviour {
  const held = new Set<() => void>()
  /** Until the client gives up or the grid is closed. */
  const hold = (gone: AbortSignal) =>
    new Promise<void>(resolve => {
      const release = () => {
        held.delete(release)
        resolve()
      }
      held.add(release)
      gone.addEventListener('abort', release, { once: true })
      if (gone.aborted) release()
    })
  let turn = 0
  return {
    strike: async (service, gone) => {
      const concerns = (fault: { service?: ExplorerService }) => (fault.service ?? service) === service
      if (faults.strike('silent-explorer', concerns)) await hold(gone)
      return faults.strike('garbage-explorer', concerns) && GARBAGE[turn++ % GARBAGE.length]
    },
    close: () => {
      for (const release of held) release()
    },
  }
}
