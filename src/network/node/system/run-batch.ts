/** Batches of one program in one namespace, with errors that say which operation it was. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { renderNft, renderNftDelete } from '../nft/render-text.js'
import { describeOperation } from '../plan/describe-operation.js'
import type { Operation } from '../state/operation.js'
import { linkWord, numberWord } from './batch-word.js'
import type { CommandRunner } from './runner.js'

/** A line, and the operation that it is for. */
export interface BatchLine {
  readonly text: string
  readonly operation: Operation
}

const TIMEOUT_MS = 60_000

/** `ip` stops at the first line that fails, and names its number: those before it are done. */
export async function runIp(runner: CommandRunner, namespace: string, lines: readonly BatchLine[]): Promise<void> {
  await runLines(runner, 'ip', namespace, lines)
}

export async function runBridge(
  runner: CommandRunner,
  namespace: string,
  operations: readonly Operation[],
): Promise<void> {
  const lines = operations.map(operation => ({ text: bridgeLine(operation), operation }))
  await runLines(runner, 'bridge', namespace, lines)
}

export async function runSysctl(
  runner: CommandRunner,
  namespace: string,
  operations: readonly Operation[],
): Promise<void> {
  const args = operations.flatMap(operation => (operation.kind === 'sysctl-set' ? [sysctlWord(operation)] : []))
  const culprit = (output: string) =>
    operations.find(one => one.kind === 'sysctl-set' && output.includes(one.key.replaceAll('.', '/'))) ??
    operations.find(one => one.kind === 'sysctl-set' && output.includes(one.key))
  await blaming(culprit, operations[0], async () => {
    await runner.run({ namespace, program: 'sysctl', args: ['-q', '-w', ...args] })
  })
}

/** All tables of a namespace in one transaction. */
export async function runNft(
  runner: CommandRunner,
  namespace: string,
  operations: readonly Operation[],
): Promise<void> {
  const input = operations
    .map(operation => {
      if (operation.kind === 'nft-replace') return renderNft(operation.table)
      return operation.kind === 'nft-delete' ? renderNftDelete(operation.family, operation.table) : ''
    })
    .join('\n')
  await blaming(
    () => undefined,
    operations[0],
    async () => {
      await runner.run({ namespace, program: 'nft', args: ['-f', '-'], input, timeoutMs: TIMEOUT_MS })
    },
  )
}

/** The same error, which says what it kept from being done. */
export async function blaming(
  culprit: (output: string) => Operation | undefined,
  fallback: Operation | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof NodeNetworkError)) throw error
    const operation = culprit(String(error.details?.output ?? '')) ?? fallback
    if (!operation) throw error
    const what = describeOperation(operation)
    throw new NodeNetworkError(error.code, `${what}: ${error.message}`, {
      where: error.where,
      hint: error.hint,
      details: { ...error.details, operation: what },
      cause: error,
    })
  }
}

async function runLines(
  runner: CommandRunner,
  program: 'ip' | 'bridge',
  namespace: string,
  lines: readonly BatchLine[],
): Promise<void> {
  const input = lines.map(({ text }) => `${text}\n`).join('')
  const culprit = (output: string) => lines[Number(/Command failed -:(\d+)/.exec(output)?.[1] ?? 0) - 1]?.operation
  await blaming(culprit, lines[0]?.operation, async () => {
    await runner.run({ namespace, program, args: ['-batch', '-'], input, timeoutMs: TIMEOUT_MS })
  })
}

function bridgeLine(operation: Operation): string {
  if (operation.kind === 'vlan-add') {
    const { place, vlan, self } = operation
    const flags = [...(vlan.pvid ? ['pvid'] : []), ...(vlan.untagged ? ['untagged'] : []), ...(self ? ['self'] : [])]
    return ['vlan add dev', linkWord(place.name), 'vid', numberWord(vlan.id, 4094), ...flags].join(' ')
  }
  if (operation.kind !== 'vlan-delete') return ''
  const { place, id, self } = operation
  return `vlan delete dev ${linkWord(place.name)} vid ${numberWord(id, 4094)}${self ? ' self' : ''}`
}

function sysctlWord({ key, value }: Extract<Operation, { kind: 'sysctl-set' }>): string {
  if (/^net\.[a-zA-Z0-9_.@:+/-]{1,120}$/.test(key) && /^[0-9a-zA-Z \t.:-]{1,120}$/.test(value)) return `${key}=${value}`
  throw new NodeNetworkError(
    'NODE_NET_NAME',
    `${JSON.stringify(`${key}=${value}`.slice(0, 80))} is not a sysctl of a network`,
  )
}
