/**
 * The writing half of the port: the single owner of the account's nonce.
 *
 * A submission has its turn from reading the nonce until the pool has the bytes (or nobody can tell), and follows them
 * afterwards beside the others. Calls are signed again only when the earlier bytes are certain to be in no block: the
 * pool refused them outright, or a final block has another extrinsic in their place. So they take effect once at most.
 */
import { Deadline } from '../../../core/deadline.js'
import { ChainError } from '../../../errors/chain.js'
import { InputError } from '../../../errors/input.js'
import { CancelledError, DeadlineError } from '../../../errors/wait.js'
import type { Identity } from '../../identity.js'
import type { ChainCall, SubmitOptions, Submitted } from '../../port.js'
import { blockHashAt, blockNumber, blockOf } from '../blocks.js'
import { buildExtrinsic, type Extrinsic } from '../calls.js'
import type { Heads } from '../heads.js'
import { plain } from '../plain.js'
import { Fields } from '../read/fields.js'
import type { Runtime } from '../runtime.js'
import { storageItem } from '../storage.js'
import type { Rpc } from '../wire/rpc.js'
import { type Outcome, readOutcome } from './events.js'
import { type ChainSight, type Fate, follow, type Place } from './follow.js'
import { nonceError, readRejection, signatureError } from './rejection.js'
import { type Reference, type SignedExtrinsic, signExtrinsic } from './sign.js'
import { Turns } from './turns.js'
import { Watch } from './watch.js'

/** The block to count the era from: final, unless finality lags, when a block that will hardly be replaced does. */
const SAFE_DEPTH = 8
/** Blocks by which what was last heard of the chain may be wrong. */
const MAX_BEHIND = 4

export interface SubmitterParts {
  readonly rpc: Rpc
  readonly heads: Heads
  readonly identity: Identity | undefined
  runtime(): Promise<Runtime>
  /** Reads the runtime again when the chain's version is another one. True when it was. */
  renewRuntime(deadline: Deadline): Promise<boolean>
}

/** What has been sent, and by what it is watched. */
interface Sending {
  readonly signed: SignedExtrinsic
  readonly watch: Watch
}

export class Submitter {
  readonly #parts: SubmitterParts
  readonly #turns = new Turns()
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(parts: SubmitterParts) {
    this.#parts = parts
  }

  submit(calls: readonly ChainCall[], options: SubmitOptions): Promise<Submitted> {
    const work = this.#submit(calls, options)
    const settled = work.then(
      () => {},
      () => {},
    )
    this.#underWay.add(settled)
    void settled.then(() => this.#underWay.delete(settled))
    return work
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #submit(calls: readonly ChainCall[], options: SubmitOptions): Promise<Submitted> {
    const identity = this.#identity()
    const deadline = new Deadline(waitFor(calls, options), options.timeoutMs, options.signal)
    // Everything that can be wrong with the calls is found before the first turn.
    const prepared = new Prepared(calls)
    prepared.by(await deadline.race(this.#parts.runtime()))

    const woken = new Wake()
    for (let attempt = 1; ; attempt++) {
      const again = attempt === 1
      const sending = await this.#turns.take(deadline, () =>
        this.#send(identity, prepared, options, woken, deadline, again),
      )
      try {
        const { fate, outcome } = await this.#follow(identity, sending, calls, options, woken, deadline)
        if (fate.kind === 'included') return result(fate.place, sending.signed, outcome as Outcome)
        if (fate.kind === 'expired') throw expired(sending.signed)
        if (!again) throw nonceError(identity.address, sending.signed.nonce)
      } catch (error) {
        throw afterSending(error, sending.signed)
      } finally {
        sending.watch.end()
      }
    }
  }

  /** Signs and sends; returns when the pool has the bytes, or when only the blocks can tell. */
  async #send(
    identity: Identity,
    prepared: Prepared,
    options: SubmitOptions,
    woken: Wake,
    deadline: Deadline,
    again: boolean,
  ): Promise<Sending> {
    const { rpc } = this.#parts
    for (let attempt = 1; ; attempt++) {
      const runtime = await deadline.race(this.#parts.runtime())
      const start = await this.#start(identity, deadline)
      const signed = signExtrinsic(runtime, prepared.by(runtime), identity, start)
      const { hash: extrinsicHash, nonce, validUntilBlock } = signed
      await deadline.race(Promise.resolve(options.onIntent?.({ extrinsicHash, nonce, validUntilBlock })))
      deadline.check()

      const watch = new Watch(rpc, signed.bytes, () => woken.wake())
      const sent = await watch.send(deadline)
      if (sent.kind === 'accepted') return { signed, watch }
      // Whether the pool has the bytes is found out by following them; the loss of the connection has been noted.
      if (sent.kind === 'unknown') return { signed, watch }

      const rejection = readRejection(sent.error, identity.address)
      if (rejection.kind === 'known') return { signed, watch }
      watch.end()
      if (rejection.kind === 'refused') throw rejection.error
      if (rejection.kind === 'nonce' && (!again || attempt > 1)) {
        throw nonceError(identity.address, nonce, sent.error)
      }
      if (rejection.kind === 'signature' && (attempt > 1 || !(await this.#parts.renewRuntime(deadline)))) {
        throw signatureError(identity.address, sent.error)
      }
    }
  }

  /** The nonce and the block to count from, in one round trip when the chain is where it was thought to be. */
  async #start(identity: Identity, deadline: Deadline): Promise<{ nonce: number; reference: Reference }> {
    const { rpc, heads } = this.#parts
    for (;;) {
      const number = Math.max(heads.finalized, heads.best - SAFE_DEPTH)
      const [nonce, hash, head] = await Promise.all([
        rpc.ask('system_accountNextIndex', [identity.address], deadline),
        blockHashAt(rpc, number, deadline),
        rpc.ask('chain_getHeader', [], deadline),
      ])
      // A chain that stopped telling of its blocks: an era counted from an old one would soon be over.
      if (Math.abs(blockNumber(head) - heads.best) > MAX_BEHIND) {
        await heads.refresh(deadline)
        continue
      }
      if (!Number.isSafeInteger(nonce))
        throw new ChainError('CHAIN_REPLY', 'the next nonce of an account is not a number')
      if (hash === undefined) throw new ChainError('CHAIN_REPLY', `the chain does not know its own block ${number}`)
      return { nonce: nonce as number, reference: { number, hash } }
    }
  }

  async #follow(
    identity: Identity,
    { signed, watch }: Sending,
    calls: readonly ChainCall[],
    options: SubmitOptions,
    woken: Wake,
    deadline: Deadline,
  ): Promise<{ fate: Fate; outcome: Outcome | undefined }> {
    const { rpc, heads } = this.#parts
    const stop = heads.onChange(() => woken.wake())
    const outcomes = new Map<string, Promise<Outcome>>()
    const outcomeAt = (place: Place) => {
      let outcome = outcomes.get(place.hash)
      if (!outcome) {
        outcome = this.#parts.runtime().then(runtime => readOutcome(rpc, runtime, place, calls, deadline))
        outcome.catch(() => {})
        outcomes.set(place.hash, outcome)
      }
      return outcome
    }
    const sight: ChainSight = {
      get best() {
        return heads.best
      },
      get finalized() {
        return heads.finalized
      },
      hashAt: number => blockHashAt(rpc, number, deadline),
      block: hash => blockOf(rpc, hash, deadline),
      finalNonce: () => this.#finalNonce(identity, deadline),
      refresh: () => heads.refresh(deadline),
      // What the pool says to bytes it may know is no news; the blocks are looked at again in any case.
      resend: async () => void (await watch.send(deadline)),
      takeHints: () => watch.takeHints(),
      takeLoss: () => watch.takeLoss(),
      news: atMostMs => woken.wait(atMostMs, deadline.signal),
    }
    try {
      const onIncluded = (place: Place) => {
        // Read while finality is waited for.
        void outcomeAt(place)
        options.onIncluded?.({ number: place.number, hash: place.hash })
      }
      const fate = await follow(sight, signed, { until: options.until ?? 'finalized', onIncluded }, deadline)
      const outcome = fate.kind === 'included' ? await outcomeAt(fate.place) : undefined
      if (outcome?.failed) throw outcome.failed
      return { fate, outcome }
    } finally {
      stop()
    }
  }

  async #finalNonce(identity: Identity, deadline: Deadline): Promise<number> {
    const { rpc } = this.#parts
    const runtime = await deadline.race(this.#parts.runtime())
    const item = storageItem(runtime, 'system', 'account', [identity.address])
    const head = await rpc.ask('chain_getFinalizedHead', [], deadline)
    const value = await rpc.ask('state_getStorage', [item.key, head], deadline)
    const account = item.decode(typeof value === 'string' ? value : null)
    return account === undefined ? 0 : new Fields(plain(account, runtime.classes), 'an account').number('nonce')
  }

  #identity(): Identity {
    if (this.#parts.identity) return this.#parts.identity
    throw new InputError('INPUT_KEY', 'this connection to the chain has no account to sign with', {
      hint: 'connect with an identity',
    })
  }
}

/** The calls as an extrinsic, made once for each runtime it is signed for. */
class Prepared {
  #made: { runtime: Runtime; extrinsic: Extrinsic } | undefined

  constructor(readonly calls: readonly ChainCall[]) {}

  by(runtime: Runtime): Extrinsic {
    if (this.#made?.runtime !== runtime) this.#made = { runtime, extrinsic: buildExtrinsic(runtime, this.calls) }
    return this.#made.extrinsic
  }
}

/** Wakes the one who waits; a wake that nobody waited for is kept. */
class Wake {
  #woken = false
  #resolve: ((told: boolean) => void) | undefined

  wake(): void {
    this.#woken = true
    this.#resolve?.(true)
  }

  /** False when the time passed, or the signal was given, without a wake. */
  async wait(atMostMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#woken && !signal?.aborted) {
      await new Promise<boolean>(resolve => {
        this.#resolve = resolve
        const end = () => resolve(false)
        const timer = setTimeout(end, atMostMs)
        signal?.addEventListener('abort', end, { once: true })
        this.#resolve = told => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', end)
          resolve(told)
        }
      })
      this.#resolve = undefined
    }
    const told = this.#woken
    this.#woken = false
    return told
  }
}

function result(place: Place, signed: SignedExtrinsic, { created, events }: Outcome): Submitted {
  return { blockNumber: place.number, blockHash: place.hash, extrinsicHash: signed.hash, created, events }
}

function waitFor(calls: readonly ChainCall[], options: SubmitOptions): string {
  const what = calls.length === 1 ? calls[0]?.kind : `a batch of ${calls.length} calls`
  return `${what} to be ${options.until === 'inBlock' ? 'in a block' : 'final'}`
}

function expired({ hash, nonce, validUntilBlock }: SignedExtrinsic): ChainError {
  return new ChainError(
    'CHAIN_LOST',
    `the extrinsic is in no block up to ${validUntilBlock}, and can be in none later`,
    {
      hint: 'nothing was written; run it again',
      details: { extrinsicHash: hash, nonce, validUntilBlock },
    },
  )
}

/** Who gives up after sending must know what may still happen. */
function afterSending(error: unknown, { hash, nonce, validUntilBlock }: SignedExtrinsic): unknown {
  const details = { extrinsicHash: hash, nonce, validUntilBlock }
  const hint = `it was sent and may still be included, up to block ${validUntilBlock}`
  if (error instanceof DeadlineError) {
    const { what, timeoutMs } = error.details as { what: string; timeoutMs: number }
    return new DeadlineError(what, timeoutMs, { hint, details, cause: error.cause })
  }
  if (error instanceof CancelledError)
    return new CancelledError('waiting for an extrinsic', { hint, details, cause: error })
  return error
}
