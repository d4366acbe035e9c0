/**
 * What became of extrinsics whose process was killed. Run before a plan is made for writing, never by `plan` alone.
 *
 * The hash and node of every contract were in the journal before the extrinsic was sent, so the chain can be asked. An
 * extrinsic that still waits in the pool is waited for: planning now would create its contracts a second time.
 */
import { Deadline } from '../core/deadline.js'
import { delays } from '../core/retry.js'
import { type JournalIntent, openIntents } from './journal.js'
import type { GridPorts } from './ports.js'

const POLL = { firstMs: 20, factor: 2, maxMs: 3_000 }

export async function settleIntents(ports: GridPorts, signal?: AbortSignal): Promise<void> {
  const { host, journal, limits } = ports
  const open = openIntents(await journal.read())
  if (open.length === 0) return
  host.notify({
    code: 'APPLY_RESUMED',
    level: 'info',
    text: `an interrupted run left ${open.length} batch${open.length === 1 ? '' : 'es'} without an outcome`,
    data: { intents: open.length },
  })

  for (const intent of open) {
    const deadline = new Deadline(`the outcome of extrinsic ${intent.extrinsicHash}`, limits.chainMs, signal)
    for (const delayMs of delays(POLL)) {
      if (await settle(intent, ports)) break
      await deadline.sleep(delayMs)
    }
  }
}

/** True once the outcome is known and written down. */
async function settle(intent: JournalIntent, ports: GridPorts): Promise<boolean> {
  const { chain, identity, journal } = ports
  const [nonces, height] = await Promise.all([chain.nonces(identity.address), chain.height()])
  const found = await Promise.all(intent.creates.map(({ nodeId, hash }) => chain.contractIdByHash(nodeId, hash)))

  const contracts = found.flatMap((id, index) => {
    const created = intent.creates[index]
    return id === undefined || !created ? [] : [{ contractId: String(id), nodeId: created.nodeId }]
  })
  if (contracts.length > 0) {
    await journal.append({ kind: 'created', id: intent.id, contracts })
    return true
  }

  const included = nonces.included > intent.nonce
  const neverSent = nonces.next <= intent.nonce
  if (!included && !neverSent && height <= intent.validUntilBlock) return false
  await journal.append({ kind: 'settled', id: intent.id })
  return true
}
