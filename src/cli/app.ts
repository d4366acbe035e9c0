/** The commands and their arguments. What a command needs is loaded when it runs, so that `--help` costs nothing. */
import { type Application, buildApplication, buildCommand, buildRouteMap } from '@stricli/core'

import type { AddressFlags } from './commands/address.js'
import type { GridFlags } from './commands/grid.js'
import type { InspectFlags } from './commands/inspect.js'
import type { RunFlags } from './commands/run.js'
import type { CliContext } from './context.js'
import { cdnCommand } from './declarations/cdn.js'
import { nodeCommand } from './declarations/node-net.js'
import { registryCommand } from './declarations/registry.js'
import { zdbCommand } from './declarations/zdb.js'
import { guarded } from './guarded.js'
import { readNodeCounts, readPort } from './options.js'

const json = { kind: 'boolean', brief: 'Write JSON for machines', default: false, withNegated: false } as const
const text = (value: string) => value

const data = {
  kind: 'parsed',
  parse: text,
  optional: true,
  placeholder: 'DIR',
  brief: 'Keep the local grid in this folder; without it, it is forgotten at the end',
} as const

const nodes = {
  kind: 'parsed',
  parse: readNodeCounts,
  optional: true,
  placeholder: 'COUNTS',
  brief: 'Nodes of the local grid: 20 (full ones), or full=20,light=2; kinds are full, hidden, gateway, light, gpu',
} as const

const grid = buildCommand<GridFlags, [], CliContext>({
  loader: async () => guarded((await import('./commands/grid.js')).grid),
  parameters: {
    flags: {
      json,
      data,
      nodes,
      port: {
        kind: 'parsed',
        parse: readPort,
        optional: true,
        placeholder: 'N',
        brief: 'Port of the chain; relay, explorer and admin take the three that follow. Free ones otherwise',
      },
    },
  },
  docs: {
    brief: 'Run a local grid until Ctrl-C',
    fullDescription:
      'Runs a local grid in the foreground, on 127.0.0.1, until SIGINT or SIGTERM. With --json the first line of output is one JSON object with its URLs, the mnemonic of a funded account and its nodes.',
  },
})

const run = buildCommand<RunFlags, [string, ...string[]], CliContext>({
  loader: async () => guarded((await import('./commands/run.js')).run),
  parameters: {
    flags: { json, data, nodes },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'The program, then what it is given itself', placeholder: 'FILE', parse: text },
    } as never,
  },
  docs: {
    brief: 'Run a program, on a fresh local grid unless a grid is configured',
    fullDescription:
      'Runs a TypeScript or JavaScript program that imports hyphae. A grid is configured by HYPHAE_NETWORK, HYPHAE_MNEMONIC and the URL variables; with none of them a local grid is started for the program. With --json every event is one line of JSON, and what the program prints itself goes to standard error.',
  },
})

const inspect = buildCommand<InspectFlags, [string], CliContext>({
  loader: async () => guarded((await import('./commands/inspect.js')).inspect),
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'A deployment in wire form, - for standard input', placeholder: 'FILE', parse: text }],
    },
  },
  docs: { brief: 'Say whether a node would accept a deployment, its challenge and its hash' },
})

const address = buildCommand<AddressFlags, [], CliContext>({
  loader: async () => guarded((await import('./commands/address.js')).address),
  parameters: {
    flags: {
      json,
      key: { kind: 'parsed', parse: text, placeholder: 'HEX64', brief: "The network's Mycelium key on a node" },
      seed: { kind: 'parsed', parse: text, optional: true, placeholder: 'HEX12', brief: 'The seed of a machine' },
    },
  },
  docs: { brief: 'Derive Mycelium addresses from a key and a seed' },
})

export function buildHyphae(version: () => Promise<string>): Application<CliContext> {
  const root = buildRouteMap<'grid' | 'run' | 'inspect' | 'address' | 'registry' | 'cdn' | 'zdb' | 'node', CliContext>({
    routes: {
      grid,
      run,
      inspect,
      address,
      registry: registryCommand,
      cdn: cdnCommand,
      zdb: zdbCommand,
      node: nodeCommand,
    },
    docs: {
      brief: 'Infrastructure as code for the ThreeFold grid',
      fullDescription:
        'Infrastructure as code for the ThreeFold grid.\n\nExit codes: 0 ok, 1 failure, 2 usage, 3 credentials, 4 a workload failed, 6 not found, 8 cancelled, 9 timeout, 255 bug.',
    },
  })
  return buildApplication(root, {
    name: 'hyphae',
    versionInfo: { getCurrentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { onlyRequiredInUsageLine: true },
  })
}
