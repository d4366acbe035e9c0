/** Key, port and peers of a WireGuard device. The key goes through a file that only we can read, never through arguments. */
import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { NodeNetworkError } from '../../../errors/node-network.js'
import { parseWireguardKey } from '../../address/index.js'
import type { WireguardConfig, WireguardPeerConfig } from '../state/desired.js'
import type { Operation } from '../state/operation.js'
import { ipWord, linkWord, numberWord } from './batch-word.js'
import { blaming } from './run-batch.js'
import type { CommandRunner } from './runner.js'

/** What a process that was killed has left: keys. Only for who has locked the node, so that nobody needs them. */
export function removeForgottenKeys(stateDir: string): void {
  for (const name of readdirSync(stateDir)) {
    if (/^wireguard-[0-9a-f-]{36}$/.test(name)) rmSync(join(stateDir, name), { force: true })
  }
}

/** `syncconf` leaves peers that stay alone: they keep their session. */
export async function setWireguard(
  runner: CommandRunner,
  stateDir: string,
  operation: Extract<Operation, { kind: 'wireguard-set' }>,
): Promise<void> {
  const { namespace, name, config } = operation
  const path = join(stateDir, `wireguard-${randomUUID()}`)
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  try {
    await writeFile(path, wireguardFile(config), { mode: 0o600, flag: 'wx' })
    await blaming(
      () => undefined,
      operation,
      async () => {
        await runner.run({ namespace, program: 'wg', args: ['syncconf', linkWord(name), path] })
      },
    )
  } finally {
    await rm(path, { force: true })
  }
}

/** As wg(8) reads it. @throws {InputError} INPUT_KEY */
export function wireguardFile({ privateKey, listenPort, peers }: WireguardConfig): string {
  parseWireguardKey(privateKey.reveal(), 'a WireGuard private key')
  const own = ['[Interface]', `PrivateKey = ${privateKey.reveal()}`, `ListenPort = ${numberWord(listenPort, 65_535)}`]
  return `${[...own, ...peers.flatMap(peerLines)].join('\n')}\n`
}

function peerLines({ publicKey, endpoint, allowedIps, keepaliveSeconds }: WireguardPeerConfig): readonly string[] {
  parseWireguardKey(publicKey, 'a WireGuard public key')
  return [
    '',
    '[Peer]',
    `PublicKey = ${publicKey}`,
    ...(endpoint === undefined ? [] : [`Endpoint = ${endpointWord(endpoint)}`]),
    ...(allowedIps.length === 0 ? [] : [`AllowedIPs = ${allowedIps.map(ipWord).join(', ')}`]),
    `PersistentKeepalive = ${keepaliveSeconds === 0 ? 'off' : numberWord(keepaliveSeconds, 65_535)}`,
  ]
}

/** An address, not a name: `wg` would ask for it and wait. */
function endpointWord(endpoint: string): string {
  if (/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]{2,45}\]):\d{1,5}$/.test(endpoint)) return endpoint
  throw new NodeNetworkError(
    'NODE_NET_NAME',
    `${JSON.stringify(endpoint.slice(0, 60))} is not an endpoint like 1.2.3.4:3011`,
  )
}
