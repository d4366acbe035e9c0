/** A person's own WireGuard, on a machine of the Internet. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LabMachine } from '../../../src/network/node/lab/machine.js'
import { eventually } from '../../support/eventually.js'

export interface UserTunnel {
  readonly privateKey: string
  readonly address: string
  readonly nodeKey: string
  readonly endpoint: string
  readonly ranges: readonly string[]
}

const DEVICE = 'wg0'

export async function startUserTunnel(machine: LabMachine, tunnel: UserTunnel): Promise<{ stop(): Promise<void> }> {
  const wireguard = await machine.start(['wireguard-go', '-f', DEVICE])
  await eventually('wireguard-go to answer', async () => {
    return (await machine.run('wg', 'show', 'interfaces')).stdout.includes(DEVICE)
  })
  const folder = join(machine.folder, 'user')
  mkdirSync(folder, { recursive: true })
  const lines = [
    '[Interface]',
    `PrivateKey = ${tunnel.privateKey}`,
    '[Peer]',
    `PublicKey = ${tunnel.nodeKey}`,
    `Endpoint = ${tunnel.endpoint}`,
    `AllowedIPs = ${tunnel.ranges.join(', ')}`,
    'PersistentKeepalive = 25',
    '',
  ]
  writeFileSync(join(folder, 'wg0.conf'), lines.join('\n'), { mode: 0o600 })
  await machine.run('wg', 'setconf', DEVICE, join(folder, 'wg0.conf'))
  await machine.run('ip', 'link', 'set', 'dev', DEVICE, 'mtu', '1420', 'up')
  await machine.run('ip', 'address', 'add', `${tunnel.address}/32`, 'dev', DEVICE)
  for (const range of tunnel.ranges) await machine.run('ip', 'route', 'add', range, 'dev', DEVICE)
  return wireguard
}
