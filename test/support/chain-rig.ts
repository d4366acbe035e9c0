/** A local chain with an account that may write, and whatever a test opens beside it; all closed by `tearDown`. */

import type { Identity } from '../../src/chain/identity.js'
import { createIdentity, generateMnemonic } from '../../src/chain/keys.js'
import { type ConnectChainOptions, connectChain } from '../../src/chain/polkadot/index.js'
import type { ChainCall, ChainPort } from '../../src/chain/port.js'
import type { Message } from '../../src/events/host.js'
import { type RunningChain, type StartChainOptions, startChain } from '../../src/localgrid/chain/index.js'
import { FaultBoard } from '../../src/localgrid/faults.js'
import { memoryStore } from '../../src/localgrid/ports.js'
import { type FrameProxy, frameProxy } from './frame-proxy.js'

export const TFT = 10_000_000n
const closers: (() => Promise<unknown>)[] = []

export async function tearDown(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

export interface ChainRig extends RunningChain {
  readonly faults: FaultBoard
}

export async function chainRig(options: Partial<StartChainOptions> = {}): Promise<ChainRig> {
  const faults = options.faults ?? new FaultBoard()
  const running = await startChain({ store: memoryStore(), ...options, faults })
  closers.push(() => running.close())
  return { ...running, faults }
}

/** A fresh account with 1,000 TFT, as yet without a twin. */
export async function richIdentity(rig: ChainRig, keyType: 'sr25519' | 'ed25519' = 'sr25519'): Promise<Identity> {
  const identity = await createIdentity(await generateMnemonic(), keyType)
  rig.control.endow(identity.address, 1_000n * TFT)
  return identity
}

export async function connected(options: ConnectChainOptions): Promise<ChainPort> {
  const port = await connectChain(options)
  closers.push(() => port.close())
  return port
}

/** A chain port whose account has money, accepted terms and a twin. */
export async function writer(
  rig: ChainRig,
  url = rig.url,
): Promise<{ port: ChainPort; identity: Identity; twinId: number }> {
  const identity = await richIdentity(rig)
  const port = await connected({ url, identity })
  await port.submit(
    [
      { kind: 'acceptTerms', link: 'https://example.org/terms', hash: 'f00d' },
      { kind: 'createTwin', relay: 'relay.grid.tf' },
    ],
    { timeoutMs: 10_000 },
  )
  return { port, identity, twinId: (await port.twinIdOf(identity.address)) ?? 0 }
}

export async function proxied(target: string): Promise<FrameProxy> {
  const proxy = await frameProxy(target)
  closers.push(() => proxy.close())
  return proxy
}

/** A writer behind a proxy that may be told to misbehave. */
export async function proxiedWriter(): Promise<{
  rig: ChainRig
  proxy: FrameProxy
  port: ChainPort
  messages: Message[]
}> {
  const rig = await chainRig()
  const proxy = await proxied(rig.url)
  const { identity } = await writer(rig)
  const messages: Message[] = []
  const port = await connected({ url: proxy.url, identity, host: { notify: message => messages.push(message) } })
  return { rig, proxy, port, messages }
}

export const SUBMIT = 'author_submitAndWatchExtrinsic'

/** A call that leaves a trace of its own. */
export const nameContract = (name: string): ChainCall => ({ kind: 'createNameContract', name })

/** How many contracts of this name the chain has ever made. */
export const everMade = (rig: ChainRig, name: string) =>
  rig.control.contracts().filter(({ type }) => type.kind === 'name' && type.name === name).length
