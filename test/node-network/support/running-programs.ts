/** Programs that a node keeps running. */
import type { LabMachine } from '../../../src/network/node/lab/machine.js'

const KEPT = /^(udhcpc|dhcpcd|wireguard-go|mycelium) /

/** Their command lines, sorted. A program that is just about to start another one is two of the same for a moment: the one
 * whose parent has the same command line is not counted. */
export async function runningPrograms(machine: LabMachine): Promise<readonly string[]> {
  const { stdout } = await machine.run('ps', '-e', '-o', 'pid=,ppid=,args=')
  const processes = stdout.split('\n').flatMap(line => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid, parent, command }]
  })
  const commandOf = new Map(processes.map(({ pid, command }) => [pid, command]))
  return processes
    .filter(({ command, parent }) => KEPT.test(command) && commandOf.get(parent) !== command)
    .map(({ command }) => command)
    .sort()
}
