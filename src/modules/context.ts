/** What every module is given: a way to the grid, opened when it is first needed. */
import type { Host } from '../events/host.js'
import type { GridPorts } from '../plan/ports.js'

export interface ModuleContext {
  /** Connects on the first call; later calls get the same ports. */
  ports(): Promise<GridPorts>
  readonly host: Host
  /** Prefix of what contracts are filed under; empty unless the client was given one. */
  readonly projectName: string
  /** One writer at a time: applies of one client queue up here. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
}
