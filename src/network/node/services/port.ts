/** Processes that must keep running beside the node's network: lease clients, WireGuard in user space, Mycelium. */
import type { Secret } from '../../../core/secret.js'

export interface ServiceSpec {
  /** `[a-z0-9][A-Za-z0-9-]*`, at most 64 characters: `dhcp-zos`, `wireguard-w-2gD4nhwZyigBh`. */
  readonly name: string
  /** Where it runs; the root namespace is `root`. */
  readonly namespace: string
  /** Program and arguments. Never a secret: those go into `files`. */
  readonly command: readonly [string, ...string[]]
  /** Written with mode 0600 before it starts, removed when it is forgotten. Absolute paths. */
  readonly files?: readonly ServiceFile[]
  /** Started after these, stopped before them. */
  readonly after?: readonly string[]
}

export interface ServiceFile {
  readonly path: string
  /** UTF-8 text or bytes. */
  readonly content: Secret<string | Uint8Array>
  /** A program needs to run it (a lease client's script): 0700 instead of 0600. */
  readonly executable?: boolean
}

export interface ServiceStatus {
  readonly name: string
  /** `waiting`: it ended and is started again after a pause. */
  readonly state: 'running' | 'starting' | 'waiting' | 'stopped'
  /** Of the specification it was started with: see `fingerprintOf`. */
  readonly fingerprint: string
  readonly pid?: number
  readonly restarts: number
  /** How it ended the last time: `exit 1`, `SIGKILL`. */
  readonly lastEnd?: string
}

/** Whoever runs services: our own supervisor, or zinit where that is PID 1. */
export interface ProcessManager {
  list(): Promise<readonly ServiceStatus[]>
  /** Resolves when its process runs. The same specification again changes nothing; another one replaces it.
   *
   * @throws {NodeNetworkError} NODE_NET_SERVICE when it cannot be started, or ends at once
   */
  start(spec: ServiceSpec): Promise<void>
  /** Ends and forgets it: SIGTERM, then SIGKILL at the deadline. Nothing happens when it is not known. */
  stop(name: string): Promise<void>
  /** The last lines it printed, oldest first. */
  log(name: string): Promise<readonly string[]>
}
