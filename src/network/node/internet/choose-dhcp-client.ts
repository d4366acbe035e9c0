/** Which DHCP client a node uses: what is installed, the quicker one first. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import type { CommandRunner } from '../system/runner.js'
import type { DhcpClient } from './dhcp-client.js'
import { dhcpcd } from './dhcpcd.js'
import { udhcpc } from './udhcpc.js'

/** @param only the one to use, whatever else is there
 * @throws {NodeNetworkError} NODE_NET_TOOL when there is none
 */
export async function chooseDhcpClient(runner: CommandRunner, only?: DhcpClient['name']): Promise<DhcpClient> {
  for (const client of [udhcpc(), dhcpcd()]) {
    if (only !== undefined && client.name !== only) continue
    if (await isInstalled(runner, client.name)) return client
  }
  throw new NodeNetworkError('NODE_NET_TOOL', `${only ?? 'a DHCP client'} is not installed`, {
    hint: 'install udhcpc, or dhcpcd (Debian: udhcpc, dhcpcd5)',
  })
}

async function isInstalled(runner: CommandRunner, program: string): Promise<boolean> {
  try {
    await runner.run({ namespace: ROOT, program, args: ['--version'], mayFail: true })
    return true
  } catch (error) {
    if (error instanceof NodeNetworkError && error.code === 'NODE_NET_TOOL') return false
    throw error
  }
}
