/** A chain with a farmer, a farm, two nodes and a user, and clients on it. For tests only. */
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api'
import type { ApiOptions } from '@polkadot/api/types'
import { cryptoWaitReady } from '@polkadot/util-crypto'

import { FaultBoard } from '../../faults.js'
import { memoryStore } from '../../ports.js'
import { type RunningChain, type StartChainOptions, startChain } from '../index.js'

export const GIB = 1n << 30n

export type KeyringPair = ReturnType<Keyring['addFromUri']>

export interface Fixture extends RunningChain {
  readonly faults: FaultBoard
  readonly farmer: KeyringPair
  readonly user: KeyringPair
  readonly stranger: KeyringPair
  readonly nodes: readonly KeyringPair[]
  readonly farmId: number
}

export async function pairs(): Promise<(name: string) => KeyringPair> {
  await cryptoWaitReady()
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 })
  return name => keyring.addFromUri(`//${name}`)
}

export async function startFixture(
  options: Partial<StartChainOptions> = {},
  settings: { seed?: boolean; userUnits?: bigint } = {},
): Promise<Fixture> {
  const pair = await pairs()
  const faults = options.faults ?? new FaultBoard()
  const chain = await startChain({ store: memoryStore(), ...options, faults })
  const [farmer, user, stranger] = [pair('Farmer'), pair('User'), pair('Stranger')]
  const nodes = [pair('Node11'), pair('Node168')]
  if (settings.seed !== false) seed(chain, { farmer, user, stranger, nodes }, settings.userUnits)
  return { ...chain, faults, farmer, user, stranger, nodes, farmId: 1 }
}

function seed(
  { control }: RunningChain,
  who: { farmer: KeyringPair; user: KeyringPair; stranger: KeyringPair; nodes: KeyringPair[] },
  userUnits = 1_000_000_000_000n,
): void {
  const twin = (pair: KeyringPair, units: bigint) => {
    control.endow(pair.address, units)
    return control.seedTwin({ account: pair.address, relay: 'relay.local', pk: new Uint8Array(33).fill(2) })
  }
  const farmer = twin(who.farmer, 1_000_000_000n)
  twin(who.user, userUnits)
  twin(who.stranger, 1_000_000_000n)
  const publicIps = ['185.206.122.33/24', '185.206.122.34/24'].map(ip => ({ ip, gateway: '185.206.122.1' }))
  const farmId = control.seedFarm({ name: 'testfarm', twinId: farmer, publicIps })
  for (const [i, id] of [11, 168].entries()) {
    control.seedNode({
      id,
      farmId,
      twinId: twin(who.nodes[i] as KeyringPair, 1_000_000_000n),
      resources: { cru: 8n, mru: 32n * GIB, sru: 1000n * GIB, hru: 4000n * GIB },
      location: { city: 'Ghent', country: 'Belgium', latitude: '51.05', longitude: '3.72' },
      interfaces: [{ name: 'zos', mac: '54:45:46:f6:02:61', ips: ['10.1.3.4'] }],
      serialNumber: `serial-${id}`,
    })
  }
}

/** The real client. */
export async function connect(url: string): Promise<ApiPromise> {
  const provider = new WsProvider(url, 100) as unknown as NonNullable<ApiOptions['provider']>
  return ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true })
}

export interface Outcome {
  readonly blockHash: string
  /** `SmartContractModule.ContractCreated` … of this extrinsic. */
  readonly events: readonly { readonly name: string; readonly data: unknown }[]
  /** `SmartContractModule.NodeNotExists` when the call was refused. */
  readonly error?: string
}

type Extrinsic = ReturnType<ApiPromise['tx']>

/** Signs, sends, and waits until it is in a block. */
export function send(api: ApiPromise, extrinsic: Extrinsic, signer: KeyringPair, options = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    extrinsic
      .signAndSend(signer, { nonce: -1, ...options }, ({ status, events, dispatchError, internalError }) => {
        if (internalError) return reject(internalError)
        if (!status.isInBlock) return
        let error: string | undefined
        if (dispatchError?.isModule) {
          const { section, name } = api.registry.findMetaError(dispatchError.asModule)
          error = `${section}.${name}`
        } else if (dispatchError) error = dispatchError.toString()
        resolve({
          blockHash: status.asInBlock.toHex(),
          events: events.map(({ event }) => ({
            name: `${event.section}.${event.method}`,
            data: event.data.toPrimitive(),
          })),
          ...(error === undefined ? {} : { error }),
        })
      })
      .catch(reject)
  })
}
