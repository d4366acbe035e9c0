/**
 * What a node does to the machine it runs on, for one workload. The engine decides, checks, orders and logs; the driver
 * only carries out. Simulated by default; real namespaces (network/node) and real 0-DB servers (cdn/zdb) come as drivers.
 */
import type { Workload } from '../../../zos/deployment.js'

export interface ProvisionTask {
  readonly nodeId: number
  readonly twinId: number
  readonly contractId: bigint
  /** `<twin>-<contract>-<name>`. */
  readonly workloadId: string
  readonly workload: Workload
  /** What the engine has decided and the workload's result will say. */
  readonly result: unknown
}

export type DriverAction = 'provision' | 'update' | 'deprovision' | 'pause' | 'resume'

export interface ProvisionDriver {
  /** True when what it made is gone with the process, so that a start must provision everything anew. */
  readonly volatile: boolean
  /** Must be idempotent: a job that was interrupted is repeated. An error fails the workload with its message.
   *
   * May return result data that replaces the engine's (the addresses a real server listens on).
   */
  run(action: DriverAction, task: ProvisionTask): Promise<unknown>
  close(): Promise<void>
}

/** Nothing happens to the machine, and at once: every result is what the engine worked out. */
export const simulatedDriver: ProvisionDriver = {
  volatile: false,
  run: async () => undefined,
  close: async () => {},
}
