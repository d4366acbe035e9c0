/** A supervisor's daemon in a process of its own, to be killed. Argument: its folder. */
import { serveSupervisor } from '../../src/network/node/services/daemon.js'

const [folder = ''] = process.argv.slice(2)

void serveSupervisor({
  folder,
  runner: { argvOf: (_namespace, command) => command },
  settleMs: 300,
  backoff: { firstMs: 10, factor: 2, maxMs: 100 },
})
