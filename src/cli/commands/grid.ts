/** `hyphae grid`: a local grid in the foreground. */
import type { LocalGrid, NodeKind } from '../../localgrid/index.js'
import { type CliContext, terminalOf } from '../context.js'
import { styleOf } from '../render/style.js'
import { tableLines } from '../render/table.js'
import { counted } from '../render/text.js'

export interface GridFlags {
  readonly json: boolean
  readonly data?: string
  readonly port?: number
  readonly nodes?: Partial<Record<NodeKind, number>>
}

export async function grid(this: CliContext, flags: GridFlags): Promise<void> {
  const { stdout, stderr, env } = this.process
  const { interrupted } = this
  const startedAt = performance.now()
  const { startLocalGrid } = await import('../../localgrid/index.js')
  const running = await startLocalGrid({
    ...(flags.data === undefined ? {} : { dataDir: flags.data }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.nodes === undefined ? {} : { nodes: flags.nodes }),
  })

  try {
    if (flags.json) stdout.write(`${JSON.stringify(describeGrid(running))}\n`)
    else {
      const terminal = terminalOf(stdout, env)
      stdout.write(`${gridLines(running, terminal.colors, terminal.columns).join('\n')}\n`)
    }
    const seconds = Math.round(performance.now() - startedAt) / 1000
    stderr.write(`local grid of ${counted(running.nodes.length, 'node')} ready in ${seconds} s; Ctrl-C ends it\n`)
    const signal = await interrupted
    stderr.write(`${signal}: closing\n`)
  } finally {
    await running.close()
  }
}

/** What other programs need to use the grid. The account is the local grid's own: everybody knows it. */
export function describeGrid(running: LocalGrid): Readonly<Record<string, unknown>> {
  const { substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL, adminURL, network, mnemonic } = running
  return {
    substrateURL,
    relayURL,
    proxyURL,
    graphqlURL,
    activationURL,
    kycURL,
    adminURL,
    network,
    mnemonic,
    nodes: running.nodes.map(({ nodeId, kind, farmId, twinId }) => ({ nodeId, kind, farmId, twinId })),
  }
}

function gridLines(running: LocalGrid, colors: boolean, columns: number | undefined): readonly string[] {
  const style = styleOf(colors)
  const { nodes, ...rest } = describeGrid(running)
  const settings = tableLines(
    [
      { title: 'variable', whole: true },
      { title: 'value', whole: true },
    ],
    Object.entries(rest).map(([name, value]) => [variableOf(name), String(value)]),
    { style, columns },
  )
  const rows = (nodes as LocalGrid['nodes']).map(node => [node.nodeId, node.kind, node.farmId, node.twinId])
  const titles = ['node', 'kind', 'farm', 'twin'].map((title, i) => ({
    title,
    align: i === 1 ? ('left' as const) : ('right' as const),
  }))
  return [...settings, '', ...tableLines(titles, rows, { style, columns })]
}

/** The environment variable a client reads; `adminURL` is for people and tests. */
function variableOf(name: string): string {
  return `HYPHAE_${name.replace('URL', '_URL').toUpperCase()}`
}
