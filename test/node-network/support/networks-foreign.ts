/** Things of somebody else's on a node: links, addresses, routes, rules, WireGuard, a process. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LabMachine } from '../../../src/network/node/lab/machine.js'
import { eventually } from '../../support/eventually.js'

export interface ForeignObjects {
  /** All of it, as the tools print it. */
  look(): Promise<readonly string[]>
  remove(): Promise<void>
}

const NAMESPACE = 'mine'
const TABLE = 'mine'
const DEVICE = 'wg-mine'

export async function foreignObjects(machine: LabMachine): Promise<ForeignObjects> {
  const run = async (command: string) => {
    const [program = '', ...args] = command.split(' ')
    return (await machine.run(program, ...args)).stdout
  }
  const wireguard = await machine.start(['wireguard-go', '-f', DEVICE])
  const daemon = await machine.start(['sleep', '54321'])
  await eventually(`${DEVICE} to answer`, async () => (await run('wg show interfaces')).includes(DEVICE))
  const key = join(machine.folder, 'mine.key')
  writeFileSync(key, `${(await run('wg genkey')).trim()}\n`, { mode: 0o600 })
  for (const command of [
    'ip link add br-mine type bridge',
    'ip address add 172.31.0.1/24 dev br-mine',
    'ip link set br-mine up',
    'ip netns add mine',
    'ip link add to-mine type veth peer name eth0 netns mine',
    'ip link set to-mine master br-mine up',
    // A name that begins like ours.
    'ip link add b-mine type bridge',
    'ip -n mine link set eth0 up',
    'ip -n mine address add 172.31.0.2/24 dev eth0',
    'ip -n mine route add default via 172.31.0.1',
    'ip route add 172.30.0.0/24 via 172.31.0.2',
    'ip route add 172.29.0.0/24 dev br-mine proto static',
    `wg set ${DEVICE} private-key ${key} listen-port 4999`,
    `ip link set ${DEVICE} up`,
    `nft add table inet ${TABLE}`,
    `nft add chain inet ${TABLE} input { type filter hook input priority 5 ; policy accept ; }`,
    `nft add rule inet ${TABLE} input tcp dport 4998 drop`,
    'ip netns exec mine nft add table ip filter',
  ]) {
    await run(command)
  }
  await eventually('its links to settle', async () => !(await run('ip -n mine -6 address show')).includes('tentative'))
  const looks = [
    'ip -d -o link show br-mine',
    'ip -d -o link show to-mine',
    'ip -d -o link show b-mine',
    'ip -o address show br-mine',
    'ip -d -o link show wg-mine',
    'ip -n mine -o address show',
    'ip -n mine -d -o link show',
    'ip -n mine route show table all',
    'ip route show 172.30.0.0/24',
    'ip route show 172.29.0.0/24',
    `nft -a list table inet ${TABLE}`,
    'ip netns exec mine nft list ruleset',
    `wg show ${DEVICE} dump`,
    'pgrep -a -f ^sleep\\ 54321',
    'pgrep -a -f ^wireguard-go\\ -f\\ wg-mine',
  ]
  return {
    look: () =>
      Promise.all(
        looks.map(async command => {
          const [program = '', ...args] = command.split(/(?<!\\) /).map(word => word.replaceAll('\\', ''))
          const { stdout } = await machine.run(program, ...args)
          // What changes by itself.
          return `${command}\n${stdout.replace(/(timer +)[\d.]+/g, '$1')}`
        }),
      ),
    async remove() {
      await Promise.all([wireguard.stop(), daemon.stop()])
      for (const command of [
        `ip netns delete ${NAMESPACE}`,
        'ip link delete br-mine',
        'ip link delete b-mine',
        `nft delete table inet ${TABLE}`,
      ]) {
        await run(command)
      }
    },
  }
}
