/** The text of NSINFO. Source of lines and order: threefoldtech/0-db v2.0.7, zdbd/commands_namespace.c. */
import { statfs } from 'node:fs/promises'

import type { Namespace } from './namespace.js'

const MIB = 1024 * 1024

export async function describeNamespace(namespace: Namespace, admin: boolean): Promise<string> {
  const { settings, index, end, folder } = namespace
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const lines: (readonly [string, string | number])[] = [
    ['name', settings.name],
    ['entries', index.size],
    ['public', yes(settings.public)],
    ['worm', yes(settings.worm)],
    ['locked', yes(namespace.locked || namespace.frozen)],
    ['password', yes(settings.password !== undefined)],
    ['data_size_bytes', index.valueBytes],
    ['data_size_mb', (index.valueBytes / MIB).toFixed(2)],
    ['data_limits_bytes', settings.maxsize],
    ['index_size_bytes', index.memoryBytes],
    ['index_size_kb', (index.memoryBytes / 1024).toFixed(2)],
    ['next_internal_id', swappedHex(namespace.nextId)],
    ['mode', settings.mode === 'seq' ? 'sequential' : 'userkey'],
    ['stats_index_io_errors', 0],
    ['stats_index_io_error_last', 0],
    ['stats_index_faults', 0],
    ['stats_data_io_errors', 0],
    ['stats_data_io_error_last', 0],
    ['stats_data_faults', namespace.faults],
  ]
  if (settings.maxsize > 0) lines.push(['space_available', Math.max(0, settings.maxsize - index.valueBytes)])
  for (const kind of ['index', 'data']) {
    lines.push([`${kind}_disk_freespace_bytes`, free], [`${kind}_disk_freespace_mb`, (free / MIB).toFixed(2)])
  }
  if (admin) {
    // There is no index on disk: it is read back from the data.
    lines.push(['data_path', folder], ['data_active', end.path], ['index_path', folder], ['index_active', end.path])
    lines.push(['data_current_id', end.file], ['data_current_offset', end.offset])
  }
  return `# namespace\n${lines.map(([key, value]) => `${key}: ${value}\n`).join('')}`
}

/** The next id as it lies in memory, least significant byte first. */
function swappedHex(id: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(id))
  return `0x${bytes.readBigUInt64BE().toString(16).padStart(8, '0')}`
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no'
}
