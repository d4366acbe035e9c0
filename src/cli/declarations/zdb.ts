/** The arguments of `hyphae zdb`. */
import { buildCommand } from '@stricli/core'

import type { ZdbFlags } from '../commands/zdb.js'
import type { CliContext } from '../context.js'
import { guarded } from '../guarded.js'
import { readAmount, readByteCount } from '../options.js'

const text = (value: string) => value

export const zdbCommand = buildCommand<ZdbFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/zdb.js')).zdb),
  parameters: {
    flags: {
      json: { kind: 'boolean', brief: 'Write JSON for machines', default: false, withNegated: false },
      listen: {
        kind: 'parsed',
        parse: text,
        default: '127.0.0.1:9900',
        placeholder: 'HOST:PORT',
        brief: 'Where to listen; port 0 takes a free one',
      },
      data: {
        kind: 'parsed',
        parse: text,
        default: 'zdb-data',
        placeholder: 'DIR',
        brief: 'Folder of keys and values; made when it is not there',
      },
      adminPassword: {
        kind: 'parsed',
        parse: text,
        optional: true,
        placeholder: 'TEXT',
        brief: 'Who makes namespaces must give it; better in ZDB_ADMIN_PASSWORD, where other users do not see it',
      },
      mode: {
        kind: 'enum',
        values: ['user', 'seq'],
        optional: true,
        brief: 'One mode for all namespaces; otherwise each has its own',
      },
      sync: {
        kind: 'parsed',
        parse: readSync,
        default: '1000',
        placeholder: 'always|never|MS',
        brief: 'Writes are on the disk before they are acknowledged, when the system likes, or this much later at most',
      },
      fileSize: {
        kind: 'parsed',
        parse: readByteCount,
        optional: true,
        placeholder: 'BYTES',
        brief: 'A data file that has reached this is followed by another, 256MiB when absent',
      },
      maxClients: {
        kind: 'parsed',
        parse: readAmount,
        optional: true,
        placeholder: 'N',
        brief: 'Connections at once, 4096 when absent',
      },
    },
  },
  docs: {
    brief: 'Run a 0-DB until Ctrl-C',
    fullDescription:
      'Keeps values under keys, in namespaces, in files that are only ever added to, and speaks what a 0-DB speaks. What was acknowledged outlives a killed process. SIGINT and SIGTERM let requests under way end first.',
  },
})

function readSync(value: string): 'always' | 'never' | number {
  if (value === 'always' || value === 'never') return value
  if (!/^\d{1,7}$/.test(value) || Number(value) === 0) {
    throw new SyntaxError('write always, never, or a number of milliseconds')
  }
  return Number(value)
}
