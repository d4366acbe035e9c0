import type { Backoff } from '../../../core/retry.js'
import type { Secret } from '../../../core/secret.js'

export interface ZdbAddress {
  /** An IP address or a name; names that end in .localhost are this machine, without asking DNS. */
  readonly host: string
  readonly port: number
  /** What is selected first; `default` when absent. A number is the name that has its digits. */
  readonly namespace?: string | number
  /** The namespace's password. Without it a public namespace can only be read. */
  readonly password?: string | Secret<string>
}

export interface ZdbTuning {
  /** Of every request, connecting included, unless it says otherwise; 10 s when absent. */
  readonly timeoutMs?: number
  /** Requests without an answer, at most; 1024 when absent. */
  readonly maxPending?: number
  /** Bytes of requests without an answer, at most; 64 MiB when absent. A single request may be larger. */
  readonly maxPendingBytes?: number
  /** The pauses between attempts to connect, after one that failed. */
  readonly reconnect?: Backoff
  /** Waits for a server that takes no connections, as long as the request may take. Otherwise, and when absent, requests
   * fail at once, those of the pause after a failed attempt too. */
  readonly waitForServer?: boolean
  /** Passwords are proved by a hash of a challenge (true, and when absent), or sent as they are. */
  readonly secure?: boolean
}

export interface ZdbClientOptions extends ZdbAddress, ZdbTuning {
  /** The server's administrator: needed to make and change namespaces when the server has a password. */
  readonly adminPassword?: string | Secret<string>
}

export interface ZdbRequestOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export const DEFAULTS = {
  timeoutMs: 10_000,
  maxPending: 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  reconnect: { firstMs: 50, factor: 2, maxMs: 2000, jitter: 0.5 },
} as const
