/** Who runs the services of this node. */
import { readFileSync } from 'node:fs'

import type { ProcessManager } from './port.js'
import { type ZinitOptions, zinitManager } from './zinit.js'

export interface ProcessManagerChoice extends ZinitOptions {
  /** Our own, where zinit is not PID 1. */
  readonly own: () => ProcessManager
  /** The name of process 1; asked of the kernel when absent. */
  readonly init?: string
}

/** zinit where it is PID 1, our own otherwise. */
export function chooseProcessManager({ own, init = nameOfInit(), ...zinit }: ProcessManagerChoice): ProcessManager {
  return init === 'zinit' ? zinitManager(zinit) : own()
}

function nameOfInit(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return ''
  }
}
