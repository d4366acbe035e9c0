/** The arguments of `hyphae node net …`. */
import { buildCommand, buildRouteMap } from '@stricli/core'

import type { ApplyFlags } from '../commands/node-net/apply.js'
import type { ExplainFlags } from '../commands/node-net/explain.js'
import type { LabFlags } from '../commands/node-net/lab.js'
import type { NodeNetFlags } from '../commands/node-net/open.js'
import type { PlanFlags } from '../commands/node-net/plan.js'
import type { StatusFlags } from '../commands/node-net/status.js'
import type { SuperviseFlags } from '../commands/node-net/supervise.js'
import type { CliContext } from '../context.js'
import { guarded } from '../guarded.js'

const text = (value: string) => value

function flag(brief: string) {
  return { kind: 'boolean', default: false, withNegated: false, brief } as const
}

function optional(placeholder: string, brief: string) {
  return { kind: 'parsed', parse: text, optional: true, placeholder, brief } as const
}

const state = {
  kind: 'parsed',
  parse: text,
  default: '/run/hyphae/node-network',
  placeholder: 'DIR',
  brief: 'Lock, key files and services are kept here',
} as const

const rootNamespace = optional('NAME', 'Work inside of this network namespace, as if it were the node')

const node = {
  json: flag('Write JSON for machines'),
  config: {
    kind: 'parsed',
    parse: text,
    placeholder: 'FILE',
    brief: "The configuration of the node's network, JSON; - for standard input",
  },
  state,
  rootNamespace,
} as const

const plan = buildCommand<PlanFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/plan.js')).plan),
  parameters: {
    flags: {
      ...node,
      simulate: flag('Start from nothing, in memory: needs no rights and no Linux; shows what would come of it'),
    },
  },
  docs: { brief: 'Show what apply would do; nothing is written, no NIC is moved' },
})

const apply = buildCommand<ApplyFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/apply.js')).apply),
  parameters: {
    flags: { ...node, reprobe: flag('Choose NICs anew, of those that are not in use') },
  },
  docs: { brief: "Make the node's network so, and wait until networks get out with one family" },
})

const status = buildCommand<StatusFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/status.js')).status),
  parameters: { flags: { ...node, svg: optional('FILE', 'Draw it into this file too') } },
  docs: { brief: "Show the node's network as a tree" },
})

const watch = buildCommand<NodeNetFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/watch.js')).watch),
  parameters: { flags: node },
  docs: { brief: "Bring the node's network up and keep it so, until Ctrl-C; never gives up" },
})

const explain = buildCommand<ExplainFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/explain.js')).explain),
  parameters: { flags: { ...node, probe: flag('Probe NICs that are not in use: they are moved for some seconds') } },
  docs: { brief: 'Say which layout this is, which NIC is the uplink, why, and what is missing' },
})

const lab = buildCommand<LabFlags, string[], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/lab.js')).lab),
  parameters: {
    flags: {
      json: flag('Write JSON for machines'),
      bare: flag('Leave the nodes without a network of their own'),
      once: flag('Take it down again at once instead of waiting for Ctrl-C'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'Which one; without it they are listed', placeholder: 'SCENARIO', parse: text, optional: true },
      ],
    } as never,
  },
  docs: { brief: 'Build a datacentre of network namespaces, with router, internet and nodes' },
})

const supervise = buildCommand<SuperviseFlags, [], CliContext>({
  loader: async () => guarded((await import('../commands/node-net/supervise.js')).supervise),
  parameters: { flags: { json: flag('Write JSON for machines'), state, rootNamespace } },
  docs: { brief: "Keep the services of the node's network running; apply starts it where zinit is not PID 1" },
})

const net = buildRouteMap({
  routes: { plan, apply, status, watch, explain, lab, supervise },
  // Nobody types it.
  docs: { brief: "A node's own network", hideRoute: { supervise: true } },
})

export const nodeCommand = buildRouteMap({ routes: { net }, docs: { brief: 'What a grid node does for itself' } })
