/** What Hyphae needs of the Reliable Message Bus: ask a twin, get the answer. */
export interface RmbRequest {
  readonly twinId: number
  /** e.g. `zos.deployment.get`. */
  readonly command: string
  /** JSON text; absent or empty for commands without arguments. */
  readonly payload?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface RmbPort {
  /** The JSON text of the answer, verified against the answering twin's key.
   *
   * @throws {RmbError} RMB_REMOTE with the peer's message; RMB_SIGNATURE, RMB_OFFLINE …
   * @throws {DeadlineError} nothing came in time
   */
  request(request: RmbRequest): Promise<string>
  /** Drains what is under way (bounded), then closes; idempotent. */
  close(): Promise<void>
}
