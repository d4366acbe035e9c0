/** The port to child processes: everything that is read or changed goes through one of these. */

/** A program in a namespace of the node. Never a shell, never a secret in `args`. */
export interface Command {
  /** `root`, or the name of one the node has; where the program runs. */
  readonly namespace: string
  readonly program: string
  readonly args: readonly string[]
  /** Its standard input; empty when absent. */
  readonly input?: string
  /** 10 s when absent. */
  readonly timeoutMs?: number
  /** Ends without an error though the exit code is not 0: the code is in the outcome. */
  readonly mayFail?: boolean
  /** Ends it early, with all that it started, and the call with `CancelledError`. */
  readonly signal?: AbortSignal
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandRunner {
  /** @throws {NodeNetworkError} NODE_NET_COMMAND, NODE_NET_TOOL or NODE_NET_PERMISSION, with the command, its exit code
   * and what it printed, secrets removed */
  run(command: Command): Promise<Outcome>
  /** How the namespace is named where `ip` takes a name (`netns NAME`, `link set … netns NAME`). */
  nameOf(namespace: string): string
  /** The argv that runs a program in the namespace: for services. */
  argvOf(namespace: string, command: readonly [string, ...string[]]): readonly [string, ...string[]]
  /** How many child processes were started so far. */
  readonly started: number
}
