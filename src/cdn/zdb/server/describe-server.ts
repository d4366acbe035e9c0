/** The text of INFO. Source of lines and order: threefoldtech/0-db v2.0.7, zdbd/commands_system.c. */
import type { ServerStats } from './stats.js'

const MIB = 1024 * 1024

export function describeServer(stats: ServerStats): string {
  const volumes: readonly (readonly [string, number])[] = [
    ['index_disk_read', 0],
    ['index_disk_write', 0],
    ['data_disk_read', stats.dataReadBytes],
    ['data_disk_write', stats.dataWriteBytes],
    ['network_rx', stats.networkReadBytes],
    ['network_tx', stats.networkWriteBytes],
  ]
  const sections: Readonly<Record<string, readonly (readonly [string, string | number])[]>> = {
    server: [
      ['server_name', '0-db (zdb)'],
      ['server_revision', 'hyphae'],
      ['engine_revision', 'hyphae'],
      ['instance_id', stats.instanceId],
      ['boot_time', Math.floor(stats.bootedAt / 1000)],
      ['uptime', Math.floor((Date.now() - stats.bootedAt) / 1000)],
    ],
    clients: [['clients_lifetime', stats.clients]],
    internals: [
      ['sequential_key_size', 8],
      ['data_version', 3],
      ['index_version', 4],
    ],
    stats: [
      ['commands_executed', stats.commands],
      ['commands_failed', stats.failed],
      ['commands_unauthorized', stats.unauthorized],
      ['index_disk_read_failed', 0],
      ['index_disk_write_failed', 0],
      ['data_disk_read_failed', stats.dataReadFailed],
      ['data_disk_write_failed', stats.dataWriteFailed],
      ...volumes.flatMap(([name, bytes]) => [
        [`${name}_bytes`, bytes] as const,
        [`${name}_mb`, (bytes / MIB).toFixed(2)] as const,
      ]),
    ],
  }
  return Object.entries(sections)
    .map(([title, lines]) => `# ${title}\n${lines.map(([key, value]) => `${key}: ${value}\n`).join('')}`)
    .join('\n')
}
