/**
 * Operations as few child processes: what concerns several namespaces in batches of the root namespace, in order; what
 * concerns one alone in batches of its own, several namespaces at once.
 */

import type { ProcessManager } from '../services/port.js'
import { ROOT } from '../state/desired.js'
import type { Operation } from '../state/operation.js'
import { ipLines, settleLine } from './ip-lines.js'
import { type BatchLine, blaming, runBridge, runIp, runNft, runSysctl } from './run-batch.js'
import { runBounded } from './run-bounded.js'
import type { CommandRunner } from './runner.js'
import { setWireguard } from './set-wireguard.js'
import type { WireguardDevices } from './wireguard-devices.js'

export interface ApplyTools {
  readonly runner: CommandRunner
  readonly services: ProcessManager
  readonly wireguard: WireguardDevices
  readonly stateDir: string
}

const AT_ONCE = 4
const SERVICES_AT_ONCE = 8

export async function applyOperations(tools: ApplyTools, operations: readonly Operation[]): Promise<void> {
  const marks: Marks = new Map()
  for (const { shared, operations: part } of parts(operations)) {
    if (shared) await applyShared(tools, part, marks)
    else await applyLocal(tools, part, marks)
  }
  await applyLocal(tools, [], marks)
}

/** Lines for namespaces that the batch which made something in them could not run: they go before the next ones there. */
type Marks = Map<string, BatchLine[]>

function parts(operations: readonly Operation[]): { shared: boolean; operations: Operation[] }[] {
  const all: { shared: boolean; operations: Operation[] }[] = []
  for (const operation of operations) {
    const shared = isShared(operation)
    const last = all.at(-1)
    if (last?.shared === shared) last.operations.push(operation)
    else all.push({ shared, operations: [operation] })
  }
  return all
}

/** It touches more than one namespace, or processes. */
function isShared({ kind }: Operation): boolean {
  return /^(namespace-(add|delete)|link-(add|delete|move)|service-(start|stop))$/.test(kind)
}

async function applyShared(tools: ApplyTools, operations: readonly Operation[], marks: Marks): Promise<void> {
  const { runner, services, wireguard } = tools
  let batch: { namespace: string; lines: BatchLine[] } = { namespace: ROOT, lines: [] }
  const flush = async () => {
    const { namespace, lines } = batch
    batch = { namespace: ROOT, lines: [] }
    if (lines.length > 0) await runIp(runner, namespace, lines)
  }
  const started = new Set<Operation>()
  const running = operations.some(({ kind }) => kind === 'link-delete') ? await wireguard.running() : new Set<string>()
  for (const [at, operation] of operations.entries()) {
    let lines = ipLines(operation, namespace => runner.nameOf(namespace))
    if (operation.kind === 'service-start' || operation.kind === 'service-stop') {
      if (started.has(operation)) continue
      await flush()
      const together = sameKindFrom(operations.slice(at))
      await applyServices(services, together)
      for (const one of together) started.add(one)
    } else if (operation.kind === 'link-add' && operation.link.kind === 'wireguard' && !(await wireguard.inKernel())) {
      if (!started.has(operation)) {
        await flush()
        const together = devicesFrom(operations.slice(at))
        await wireguard.start(together)
        for (const one of together) started.add(one)
      }
      lines = [settleLine({ namespace: operation.namespace, name: operation.link.name }, operation.link)]
    } else if (operation.kind === 'link-delete' && running.has(operation.name)) {
      await flush()
      await wireguard.stop(operation.name)
      const args = ['link', 'delete', 'dev', operation.name]
      // Its process has most probably taken it along.
      await runner.run({ namespace: operation.namespace, program: 'ip', args, mayFail: true })
      lines = []
    }
    const [first, ...rest] = lines
    if (!first) continue
    if (batch.namespace !== first.namespace) await flush()
    batch.namespace = first.namespace
    for (const { namespace, text } of [first, ...rest]) {
      const line = { text, operation }
      if (namespace === batch.namespace) batch.lines.push(line)
      else marks.set(namespace, [...(marks.get(namespace) ?? []), line])
    }
  }
  await flush()
  // What is gone needs no mark.
  for (const operation of operations) if (operation.kind === 'namespace-delete') marks.delete(operation.namespace)
}

/** Operations of one kind that follow each other. */
function sameKindFrom(operations: readonly Operation[]): readonly Operation[] {
  const end = operations.findIndex(({ kind }) => kind !== operations[0]?.kind)
  return operations.slice(0, end === -1 ? undefined : end)
}

/** Each takes time to show that it runs, or to end: several at once. Who keeps them knows which waits for which. */
async function applyServices(services: ProcessManager, operations: readonly Operation[]): Promise<void> {
  await runBounded(operations, SERVICES_AT_ONCE, operation =>
    blaming(
      () => undefined,
      operation,
      async () => {
        if (operation.kind === 'service-start') await services.start(operation.service)
        if (operation.kind === 'service-stop') await services.stop(operation.name)
      },
    ),
  )
}

/** WireGuard devices that can be started together: nothing but links being made or moved is between them. */
function devicesFrom(operations: readonly Operation[]): readonly Extract<Operation, { kind: 'link-add' }>[] {
  const end = operations.findIndex(({ kind }) => kind !== 'link-add' && kind !== 'link-move')
  return operations
    .slice(0, end === -1 ? undefined : end)
    .flatMap(operation => (operation.kind === 'link-add' && operation.link.kind === 'wireguard' ? [operation] : []))
}

async function applyLocal(tools: ApplyTools, operations: readonly Operation[], marks: Marks): Promise<void> {
  const byNamespace = new Map<string, Operation[]>([...marks.keys()].map(namespace => [namespace, []]))
  for (const operation of operations) {
    const namespace = namespaceOfLocal(operation)
    const there = byNamespace.get(namespace)
    if (there) there.push(operation)
    else byNamespace.set(namespace, [operation])
  }
  const apply = async ([namespace, part]: readonly [string, readonly Operation[]]) => {
    const first = marks.get(namespace) ?? []
    marks.delete(namespace)
    await applyIn(tools, namespace, first, part)
  }
  // Bridges before what stands on them: an MTU has that of the parent as its limit.
  const root = byNamespace.get(ROOT)
  if (root) await apply([ROOT, root])
  byNamespace.delete(ROOT)
  // What fails in one namespace keeps no other one waiting: a network that is broken is nobody else's concern.
  const failures: unknown[] = []
  await runBounded(byNamespace, AT_ONCE, entry =>
    apply(entry).catch(error => {
      failures.push(error)
    }),
  )
  if (failures.length > 0) throw failures[0]
}

async function applyIn(
  tools: ApplyTools,
  namespace: string,
  first: readonly BatchLine[],
  operations: readonly Operation[],
): Promise<void> {
  const { runner, stateDir } = tools
  const runs = runsOf(operations)
  let lines = [...first]
  for (const { program, operations: run } of runs) {
    if (program === 'ip') {
      lines.push(
        ...run.flatMap(operation =>
          ipLines(operation, name => runner.nameOf(name)).map(({ text }) => ({ text, operation })),
        ),
      )
      await runIp(runner, namespace, lines)
      lines = []
    } else if (program === 'sysctl') await runSysctl(runner, namespace, run)
    else if (program === 'nft') await runNft(runner, namespace, run)
    else if (program === 'bridge') await runBridge(runner, namespace, run)
    else for (const one of run) if (one.kind === 'wireguard-set') await setWireguard(runner, stateDir, one)
  }
  if (lines.length > 0) await runIp(runner, namespace, lines)
}

type Program = 'ip' | 'sysctl' | 'nft' | 'bridge' | 'wg'

function runsOf(operations: readonly Operation[]): { program: Program; operations: Operation[] }[] {
  const runs: { program: Program; operations: Operation[] }[] = []
  for (const operation of operations) {
    const program = programOf(operation)
    const last = runs.at(-1)
    if (last?.program === program) last.operations.push(operation)
    else runs.push({ program, operations: [operation] })
  }
  return runs
}

function programOf({ kind }: Operation): Program {
  if (kind === 'sysctl-set') return 'sysctl'
  if (kind === 'nft-replace' || kind === 'nft-delete') return 'nft'
  if (kind === 'vlan-add' || kind === 'vlan-delete') return 'bridge'
  return kind === 'wireguard-set' ? 'wg' : 'ip'
}

function namespaceOfLocal(operation: Operation): string {
  if ('place' in operation) return operation.place.namespace
  return 'namespace' in operation ? operation.namespace : ROOT
}
