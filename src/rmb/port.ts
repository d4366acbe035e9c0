/** What Hyphae needs of the Reliable Message Bus: ask a twin, get the answer. */
export interface RmbRequest {
  readonly twinId: number
  /** e.g. `zos.deployment.get`. */
  readonly command: string
  /** JSON text; absent or empty for commands without arguments. */
  readonly payload?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** What to do when it is uncertain whether the request arrived; the port's own default when absent. */
  readonly resend?: ResendPolicy
}

/**
 * `onReconnect`: what is unanswered is sent again (with the same uid) when the relay connection dropped and is back.
 * `overdue`: that, and once more when a third of the time has passed without an answer. For commands that only read.
 * `never`: a request leaves once; its answer is still taken when it comes over the next connection.
 *
 * A node may then get a request twice. Nodes of the local grid recognise the uid; others execute it twice, which
 * `zos.deployment.deploy` answers with an error ("exists") although the first one was accepted.
 */
export type ResendPolicy = 'onReconnect' | 'overdue' | 'never'

export interface RmbPort {
  /** The JSON text of the answer, verified against the answering twin's key.
   *
   * @throws {RmbError} RMB_REMOTE with the peer's message; RMB_SIGNATURE, RMB_UNREACHABLE, RMB_BUSY …
   * @throws {DeadlineError} nothing came in time
   */
  request(request: RmbRequest): Promise<string>
  /** Drains what is under way (bounded), then closes; idempotent. */
  close(): Promise<void>
}
