/** A relay on loopback with twins, clients and peers of the test's choice; everything ends with `close`. */
import type { Identity } from '../../src/chain/identity.js'
import { createIdentity, loadVerifier, type Verify } from '../../src/chain/keys.js'
import type { Twin } from '../../src/chain/port.js'
import { FaultBoard } from '../../src/localgrid/faults.js'
import { type RelayOptions, type RunningRelay, startRelay } from '../../src/localgrid/relay/index.js'
import {
  createPeer,
  createRmb,
  type PeerOptions,
  type RmbClient,
  type RmbOptions,
  rmbPublicKey,
} from '../../src/rmb/index.js'

export interface RelayRig {
  readonly running: RunningRelay
  readonly faults: FaultBoard
  readonly twins: Map<number, Twin>
  readonly verifier: Verify
  /** The account of a twin; made when it is first asked for. */
  twin(id: number, options?: { keyless?: boolean }): Promise<Identity>
  client(id: number, options?: Partial<RmbOptions>): Promise<RmbClient>
  /** Answers with an echo of command, payload and asker. */
  peer(id: number, options?: Partial<PeerOptions>): Promise<void>
  close(): Promise<void>
}

export async function relayRig(options: Partial<RelayOptions> = {}): Promise<RelayRig> {
  const verifier = await loadVerifier()
  const twins = new Map<number, Twin>()
  const identities = new Map<number, Identity>()
  const faults = new FaultBoard()
  const running = await startRelay({ chain: { twin: id => twins.get(id) }, faults, ...options })
  const closers: (() => Promise<void> | void)[] = []

  const rig: RelayRig = {
    running,
    faults,
    twins,
    verifier,
    async twin(id, { keyless } = {}) {
      const known = identities.get(id)
      if (known) return known
      const identity = await createIdentity(id.toString(16).padStart(64, '0'), id % 2 === 0 ? 'sr25519' : 'ed25519')
      const pk = keyless ? {} : { pk: rmbPublicKey(identity) }
      twins.set(id, { id, account: identity.address, relay: '127.0.0.1', ...pk })
      identities.set(id, identity)
      return identity
    },
    async client(id, overrides = {}) {
      const client = createRmb({
        relayUrl: running.url,
        twinId: id,
        identity: await rig.twin(id),
        verifier,
        twins: async other => twins.get(other),
        drainTimeoutMs: 200,
        ...overrides,
      })
      closers.push(() => client.close())
      return client
    },
    async peer(id, overrides = {}) {
      const peer = createPeer({
        twinId: id,
        identity: await rig.twin(id),
        verifier,
        twins: other => twins.get(other),
        handler: async (command, payload, source) => JSON.stringify({ command, payload, source }),
        attach: deliver => running.relay.attach(id, deliver),
        ...overrides,
      })
      closers.push(() => peer.close())
    },
    async close() {
      await Promise.all(closers.map(close => close()))
      await running.close()
    },
  }
  return rig
}
