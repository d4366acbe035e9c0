/**
 * How the engine speaks. Nothing in src prints except cli/: it notifies a host, and the host decides what a person
 * or a machine sees. Messages are plain frozen data with a stable code.
 */
import type { MessageCode } from './messages.js'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export interface Message {
  /** Stable, e.g. `PLAN_READY`; the registry is in messages.ts. */
  code: MessageCode
  level: Level
  /** One sentence for a person, no colours. */
  text: string
  /** For machines: plain data, never a secret. */
  data?: Readonly<Record<string, unknown>>
}

export interface Host {
  notify(message: Message): void
  /** A yes/no question; a host that cannot ask answers with `fallback`. */
  ask?(question: { code: MessageCode; text: string; fallback: boolean }): Promise<boolean>
}

/** A host that hears nothing. */
export const silentHost: Host = { notify: () => {} }
