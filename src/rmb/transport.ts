/**
 * What carries frames between a twin and its relay: bytes in, bytes out, and the news that it has ended.
 *
 * The client knows no more than this, so a test hands it a pair of functions, and websocket.ts the real thing.
 */
import type { RmbError } from '../errors/rmb.js'

/** One open connection. */
export interface Link {
  /** Takes a frame to be sent, without waiting.
   *
   * @throws {RmbError} RMB_BUSY when what was sent before does not drain, RMB_CLOSED when the link has ended
   */
  send(frame: Uint8Array): void
  /** Ends the link; `onClose` is not called for it. Idempotent. */
  close(): void
}

export interface OpenLink {
  /** Shown to the relay; made for this one connection. */
  readonly token: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onFrame: (frame: Uint8Array) => void
  /** Called once, when an opened link ends by itself or by the other side. */
  readonly onClose: (reason: RmbError) => void
}

/** Opens a link.
 *
 * @throws {RmbError} RMB_UNREACHABLE or RMB_UNAUTHORIZED
 */
export type Transport = (open: OpenLink) => Promise<Link>
