/** The arguments of `hyphae registry`. */
import { buildCommand } from '@stricli/core'

import type { RegistryFlags } from '../commands/registry.js'
import type { CliContext } from '../context.js'
import { guarded } from '../guarded.js'
import { readAmount, readByteCount } from '../options.js'

const text = (value: string) => value

function optional<T>(parse: (value: string) => T, placeholder: string, brief: string) {
  return { kind: 'parsed', parse, optional: true, placeholder, brief } as const
}

function preset<T>(parse: (value: string) => T, value: string, placeholder: string, brief: string) {
  return { kind: 'parsed', parse, default: value, placeholder, brief } as const
}

function flag(brief: string) {
  return { kind: 'boolean', default: false, withNegated: false, brief } as const
}

export const registryCommand = buildCommand<RegistryFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/registry.js')).registry),
  parameters: {
    flags: {
      json: flag('Write JSON for machines: first where it is, then what happens'),
      listen: preset(text, '127.0.0.1:8080', 'HOST:PORT', 'Where to listen; port 0 takes a free one'),
      data: optional(text, 'DIR', 'Keep blobs as files in this folder; registry-data when no database is named'),
      dbUrl: optional(
        text,
        'URL',
        'Keep blobs in PostgreSQL: postgres://user:password@host:5432/database, or DATABASE_URL',
      ),
      dbUser: optional(text, 'NAME', 'The same in parts: the user'),
      dbPassword: optional(text, 'TEXT', 'The password; better in PGPASSWORD, where other users do not see it'),
      dbName: optional(text, 'NAME', 'The database, mycelium_cdn_registry when absent'),
      dbHost: optional(text, 'HOST', 'Its host, localhost when absent'),
      dbPort: optional(readAmount, 'N', 'Its port, 5432 when absent'),
      dbConnections: optional(readAmount, 'N', 'Connections to it, or files open at once; 16 when absent'),
      token: optional(text, 'TEXT', 'Who writes must send this bearer token; better in REGISTRY_TOKEN'),
      maxSize: optional(readByteCount, 'BYTES', 'Largest blob, 16MiB when absent'),
      writeRate: preset(
        readAmount,
        '1000',
        'N',
        'Writes a second from one address, five times as many at once; 0 for any',
      ),
      readRate: preset(readAmount, '0', 'N', 'Reads a second from one address; 0 for any'),
      behindProxy: flag("Take a client's address from the last entry of X-Forwarded-For"),
      requestTimeout: optional(readAmount, 'SECONDS', 'For a request to arrive, 60 when absent'),
    },
  },
  docs: {
    brief: 'Run a metadata registry of the content network until Ctrl-C',
    fullDescription:
      'Keeps encrypted metadata under its BLAKE3 hash, in PostgreSQL or as files, and gives it out over HTTP: POST /api/v1/metadata, GET /api/v1/metadata/{hash}, /healthz, /metrics, /openapi.yaml. SIGINT and SIGTERM let requests under way end first.',
  },
})
