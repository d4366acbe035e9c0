/** The arguments of `hyphae cdn`. */
import { buildCommand } from '@stricli/core'

import type { CdnFlags } from '../commands/cdn.js'
import type { CliContext } from '../context.js'
import { guarded } from '../guarded.js'
import { readAmount, readByteCount } from '../options.js'

const text = (value: string) => value

function optional<T>(parse: (value: string) => T, placeholder: string, brief: string) {
  return { kind: 'parsed', parse, optional: true, placeholder, brief } as const
}

function ranges(brief: string) {
  return { kind: 'parsed', parse: text, optional: true, variadic: ',', placeholder: 'CIDR', brief } as const
}

export const cdnCommand = buildCommand<CdnFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/cdn.js')).cdn),
  parameters: {
    flags: {
      json: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Write JSON for machines: first where it is, then what happens',
      },
      listen: {
        kind: 'parsed',
        parse: text,
        default: '127.0.0.1:8081',
        placeholder: 'HOST:PORT',
        brief: 'Where to listen; port 0 takes a free one',
      },
      registry: optional(text, 'URL', 'Where metadata is, https://cdn.mycelium.grid.tf when absent'),
      domain: optional(text, 'NAME', 'Read references only in names directly under this one; under any when absent'),
      cache: optional(text, 'DIR', 'Keep blocks in this folder; in a temporary one when absent'),
      cacheSize: optional(readByteCount, 'BYTES', 'Most that is kept, 1GiB when absent'),
      allow: ranges('Connect to these addresses too, though they are not public; with commas, or several times'),
      only: ranges('Connect to these addresses and to no others'),
      blockTimeout: optional(readAmount, 'SECONDS', 'For a block to come from its places, 30 when absent'),
      loads: optional(readAmount, 'N', 'Blocks fetched at once, 8 when absent'),
    },
  },
  docs: {
    brief: 'Run a gateway of the content network until Ctrl-C',
    fullDescription:
      'Serves what references lead to: http://<label>.<any name of the gateway>/?key=<key>, or /<hash>?key=<key>. Shards are fetched from the quickest places, checked, and kept on disk. Addresses that are not public are not connected to unless --allow names them. /healthz and /metrics are at the name of the gateway itself. SIGINT and SIGTERM let requests under way end first.',
  },
})
