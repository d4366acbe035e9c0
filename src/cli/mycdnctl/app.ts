/** The verbs of `mycdnctl` and their arguments. What a verb needs is loaded when it runs. */
import { type Application, buildApplication, buildCommand, buildRouteMap } from '@stricli/core'

import type { CliContext } from '../context.js'
import { guarded } from '../guarded.js'
import { readChunkSize, readConcurrency, readLayout, readRegistryUrl } from './arguments.js'
import type { DownloadFlags } from './download.js'
import type { InspectFlags } from './inspect.js'
import type { RepairFlags } from './repair.js'
import type { UploadFlags } from './upload.js'
import type { VerifyFlags } from './verify.js'

const text = (value: string) => value
const off = { kind: 'boolean', default: false, withNegated: false } as const
const json = { ...off, brief: 'Write JSON for machines, one event a line' } as const

const registry = {
  kind: 'parsed',
  parse: readRegistryUrl,
  optional: true,
  placeholder: 'URL',
  brief: 'The registry of metadata; may also stand before the verb',
} as const

const config = {
  kind: 'parsed',
  parse: text,
  placeholder: 'FILE',
  brief: 'Where shards go, and how many give a block back',
} as const

const secrets = {
  kind: 'parsed',
  parse: text,
  optional: true,
  placeholder: 'FILE',
  brief: 'A configuration with the passwords of places that are not public',
} as const

const includePassword = {
  ...off,
  brief: 'Write the passwords of places into the metadata, for everyone who has the reference',
} as const

const positional = (brief: string, placeholder: string) =>
  ({ kind: 'tuple', parameters: [{ brief, placeholder, parse: text }] }) as const

const reference = positional('A URL, or a reference as text', 'REFERENCE')

const upload = buildCommand<UploadFlags, [string], CliContext>({
  loader: async () => guarded((await import('./upload.js')).uploadCommand),
  parameters: {
    flags: {
      config: { ...config, default: 'config.toml' },
      registry,
      mime: {
        kind: 'parsed',
        parse: text,
        optional: true,
        placeholder: 'TYPE',
        brief: 'Of a file; found out otherwise',
      },
      name: {
        kind: 'parsed',
        parse: text,
        optional: true,
        placeholder: 'NAME',
        brief: 'Of the object; its own otherwise',
      },
      chunkSize: {
        kind: 'parsed',
        parse: readChunkSize,
        optional: true,
        placeholder: 'BYTES',
        brief: 'Of a block, 1 to 5 MiB; 5 MiB otherwise',
      },
      includePassword,
      layout: {
        kind: 'parsed',
        parse: readLayout,
        optional: true,
        placeholder: 'LAYOUT',
        brief: 'namespaces-32, or what released daemons read: namespaces-16, databases-16',
      },
      recursive: { ...off, brief: 'Save directories within the directory too' },
      deduplicate: { ...off, brief: 'Store equal content once' },
      concurrency: {
        kind: 'parsed',
        parse: readConcurrency,
        optional: true,
        placeholder: 'N',
        brief: 'Blocks on their way at once; 4 otherwise',
      },
      state: {
        kind: 'parsed',
        parse: text,
        optional: true,
        placeholder: 'DIR',
        brief: 'Where interrupted uploads are remembered',
      },
      json,
    },
    positional: positional('A file or a directory', 'OBJECT'),
    aliases: { c: 'config', r: 'registry', m: 'mime', n: 'name' },
  },
  docs: {
    brief: 'Save a file or a directory',
    fullDescription:
      'Saves a file or a directory: cut into blocks, encrypted, spread over the places of the configuration so that any required_shards of them give it back. An upload that was interrupted goes on when the same command is repeated.',
  },
})

const download = buildCommand<DownloadFlags, [string], CliContext>({
  loader: async () => guarded((await import('./download.js')).downloadCommand),
  parameters: {
    flags: {
      output: {
        kind: 'parsed',
        parse: text,
        optional: true,
        placeholder: 'FILE',
        brief: 'File or directory that is made, - for standard output; the name of the object otherwise',
      },
      registry,
      config: secrets,
      json,
    },
    positional: reference,
    aliases: { o: 'output', r: 'registry', c: 'config' },
  },
  docs: { brief: 'Fetch a file or a directory' },
})

const inspect = buildCommand<InspectFlags, [string], CliContext>({
  loader: async () => guarded((await import('./inspect.js')).inspectCommand),
  parameters: { flags: { registry, json }, positional: reference, aliases: { r: 'registry' } },
  docs: { brief: 'Say what a reference leads to, without fetching content' },
})

const verify = buildCommand<VerifyFlags, [string], CliContext>({
  loader: async () => guarded((await import('./verify.js')).verifyCommand),
  parameters: {
    flags: { registry, config: secrets, json },
    positional: reference,
    aliases: { r: 'registry', c: 'config' },
  },
  docs: {
    brief: 'Look at every shard of every block',
    fullDescription: 'Looks at every shard of every block, and ends with 1 when one is missing, wrong or out of reach.',
  },
})

const repair = buildCommand<RepairFlags, [string], CliContext>({
  loader: async () => guarded((await import('./repair.js')).repairCommand),
  parameters: {
    flags: {
      registry,
      config: { ...secrets, brief: 'Passwords of places, and places that may take the shards of those that are gone' },
      includePassword,
      json,
    },
    positional: reference,
    aliases: { r: 'registry', c: 'config' },
  },
  docs: {
    brief: 'Put back shards that are missing or wrong',
    fullDescription:
      'Puts shards back that are missing or wrong: where they were or, where a place is gone, at another place of the configuration. Then the metadata is new, and so is the reference, which is printed.',
  },
})

export function buildMycdnctl(version: () => Promise<string>): Application<CliContext> {
  const root = buildRouteMap<'upload' | 'download' | 'inspect' | 'verify' | 'repair', CliContext>({
    routes: { upload, download, inspect, verify, repair },
    docs: {
      brief: 'Content on the Mycelium network',
      fullDescription:
        'Content on the Mycelium network.\n\nExit codes: 0 ok, 1 failure, 2 usage, 3 credentials, 6 not found, 8 cancelled, 9 timeout, 255 bug.',
    },
  })
  return buildApplication(root, {
    name: 'mycdnctl',
    versionInfo: { getCurrentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { onlyRequiredInUsageLine: true },
  })
}
