/**
 * WireGuard devices: the kernel's where it has them, wireguard-go's otherwise.
 *
 * wireguard-go runs in the foreground as a service and must hold its TUN before that is moved: until `wg` lists it. Its
 * socket stays where it was born, and it ends when the device is deleted. It also ends when its birthplace changes faster
 * than it reads ("failed to receive netlink message: no buffer space available", seen with 100 devices on a busy machine):
 * the next plan makes that device anew.
 */
import { Deadline } from '../../../core/deadline.js'
import { once } from '../../../core/once.js'
import { WIREGUARD_SERVICE } from '../plan/wireguard-service.js'
import type { ProcessManager } from '../services/port.js'
import { ROOT } from '../state/desired.js'
import type { Operation } from '../state/operation.js'
import { linkWord } from './batch-word.js'
import { blaming } from './run-batch.js'
import { runBounded } from './run-bounded.js'
import type { CommandRunner } from './runner.js'

type LinkAdd = Extract<Operation, { kind: 'link-add' }>

export interface WireguardDevices {
  /** Found out once. */
  inKernel(): Promise<boolean>
  /** Devices of wireguard-go, in their birthplaces; without mark and MTU. */
  start(operations: readonly LinkAdd[]): Promise<void>
  /** Names of devices that have a process. */
  running(): Promise<ReadonlySet<string>>
  /** Ends the process of a device, which is gone with it. */
  stop(name: string): Promise<void>
}

const ANSWER_MS = 5_000
const ANSWER_MS_EACH = 100
const PAUSE_MS = 10
const AT_ONCE = 4

export function wireguardDevices(runner: CommandRunner, services: ProcessManager): WireguardDevices {
  const inKernel = once(async () => {
    const trial = 'zos-wg-trial'
    const input = `link add ${trial} type wireguard\nlink delete dev ${trial}\n`
    const { code } = await runner.run({ namespace: ROOT, program: 'ip', args: ['-batch', '-'], input, mayFail: true })
    return code === 0
  })
  const stop = (name: string) => services.stop(`${WIREGUARD_SERVICE}${name}`)
  return {
    inKernel,
    stop,
    async running() {
      const names = (await services.list()).map(({ name }) => name)
      const devices = names.filter(name => name.startsWith(WIREGUARD_SERVICE))
      return new Set(devices.map(name => name.slice(WIREGUARD_SERVICE.length)))
    },
    async start(operations) {
      await runBounded(operations, AT_ONCE, operation =>
        blaming(
          () => undefined,
          operation,
          async () => {
            const { namespace, link } = operation
            // One that is known and has no device lost it.
            await stop(link.name)
            await services.start({
              name: `${WIREGUARD_SERVICE}${link.name}`,
              namespace,
              command: ['wireguard-go', '-f', linkWord(link.name)],
            })
          },
        ),
      )
      const names = operations.map(({ link }) => link.name)
      const deadline = new Deadline(
        `wireguard-go for ${names.slice(0, 5).join(', ')} to answer`,
        ANSWER_MS + names.length * ANSWER_MS_EACH,
      )
      for (;;) {
        // A socket that can be connected to is not enough: the device must answer, or moving it ends wireguard-go.
        const args = ['show', 'all', 'public-key']
        const { stdout } = await runner.run({ namespace: ROOT, program: 'wg', args, mayFail: true })
        const answering = new Set(stdout.split('\n').map(line => line.split('\t')[0]))
        if (names.every(name => answering.has(name))) return
        await deadline.sleep(PAUSE_MS)
      }
    },
  }
}
