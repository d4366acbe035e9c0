/** Where bring-up stands, and what follows from what happens: pure, so that every way through it can be tried. */

/** Frozen plain data; times are milliseconds since the epoch. */
export interface BringUpState {
  readonly phase:
    | 'recovering' // a NIC that a crash has left somewhere is brought back
    | 'probing'
    | 'choosing'
    | 'configuring'
    | 'waiting-for-lease' // everything is set up, and nothing answers yet, or no more
    | 'online'
    | 'no-uplink' // the next attempt is made at `nextAt`
  readonly since: number
  /** Of those since it was online the last time, from 1. */
  readonly attempt: number
  readonly nextAt?: number
  /** Name of the chosen NIC. */
  readonly uplink?: string
  /** Of the last attempt that failed; gone when it is online. */
  readonly lastError?: { readonly code: string; readonly message: string }
}

export type BringUpEvent = { readonly at: number } & (
  | { readonly kind: 'recovered' | 'probed' | 'configured' | 'connected' | 'lost' | 'retry' }
  | { readonly kind: 'chosen'; readonly uplink: string }
  | {
      readonly kind: 'failed'
      readonly error: { readonly code: string; readonly message: string }
      readonly nextAt: number
    }
)

type Phase = BringUpState['phase']

/** What leads on from a phase. Everything else that may happen there is a failure, or of no meaning. */
const STEPS: Readonly<Record<Phase, Partial<Record<BringUpEvent['kind'], Phase>>>> = {
  recovering: { recovered: 'probing' },
  probing: { probed: 'choosing' },
  choosing: { chosen: 'configuring' },
  configuring: { configured: 'waiting-for-lease' },
  'waiting-for-lease': { connected: 'online' },
  online: { lost: 'waiting-for-lease' },
  'no-uplink': { retry: 'recovering' },
}

export function firstState(at: number): BringUpState {
  return Object.freeze({ phase: 'recovering', since: at, attempt: 1 })
}

/** The same object when the event means nothing in this phase. */
export function nextState(state: BringUpState, event: BringUpEvent): BringUpState {
  const { phase, attempt, uplink, lastError } = state
  if (event.kind === 'failed') {
    if (phase === 'online' || phase === 'no-uplink') return state
    const { code, message } = event.error
    const error = { code, message }
    return make({ phase: 'no-uplink', since: event.at, attempt, nextAt: event.nextAt, lastError: error })
  }
  const next = STEPS[phase][event.kind]
  if (next === undefined) return state
  return make({
    phase: next,
    since: event.at,
    attempt: next === 'online' ? 1 : event.kind === 'retry' ? attempt + 1 : attempt,
    ...(event.kind === 'chosen' ? { uplink: event.uplink } : uplink === undefined ? {} : { uplink }),
    ...(lastError === undefined || next === 'online' ? {} : { lastError }),
  })
}

function make(state: BringUpState): BringUpState {
  if (state.lastError) Object.freeze(state.lastError)
  return Object.freeze(state)
}
