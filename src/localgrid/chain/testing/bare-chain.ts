/** A chain without sockets, its clock in the test's hand, and calls dispatched as any account. For tests only. */
import { utf8 } from '../../../core/bytes.js'
import { FaultBoard } from '../../faults.js'
import { type ChainControl, memoryStore, type Store } from '../../ports.js'
import { Chain } from '../blocks/chain.js'
import type { GenesisOptions } from '../blocks/genesis.js'
import type { DispatchErrorValue } from '../runtime/dispatch-error.js'
import type { Origin } from '../runtime/pallet.js'
import { theRuntime } from '../runtime/runtime.js'
import { addressOfAccount } from '../runtime/ss58.js'
import { loadSignatures } from '../transactions/signatures.js'
import { chainControl } from '../view/control.js'

export const GIB = 1n << 30n

/** Accounts by a byte: nobody has their keys, and nobody needs them here. */
export const who = (n: number) => n.toString(16).padStart(2, '0').repeat(32)
export const FARMER = who(1)
export const USER = who(2)
export const OTHER = who(3)
export const NODE_11 = who(0x11)
export const NODE_168 = who(0x68)
export const POOR = who(9)

/** The 32 characters of a deployment hash. */
export const hash = (n: number) => utf8(n.toString(16).padStart(32, '0'))

export interface Bare {
  readonly chain: Chain
  readonly control: ChainControl
  readonly faults: FaultBoard
  /** Moves the clock and seals a block. */
  pass(seconds: number): void
  /** The name of the refusal, or undefined when the call went through; seals a block. */
  call(account: string, pallet: string, name: string, args: Record<string, unknown>): string | undefined
  as(origin: Origin, pallet: string, name: string, args: Record<string, unknown>): string | undefined
  /** Names of the last block's events of a pallet. */
  events(pallet?: string): readonly string[]
  /** The data of the last event of a name. */
  event(name: string): readonly unknown[] | undefined
  nodeContract(account: string, options?: Partial<NodeContractArgs>): string | undefined
}

interface NodeContractArgs {
  readonly nodeId: number
  readonly deploymentHash: Uint8Array
  readonly deploymentData: Uint8Array
  readonly publicIps: number
  readonly solutionProviderId: bigint | undefined
}

export function refusalName(error: DispatchErrorValue | undefined): string | undefined {
  if (!error) return undefined
  if (error.kind === 'Module') {
    const pallet = theRuntime().pallets.find(({ index }) => index === error.value.index)
    return `${pallet?.name}.${pallet?.errors[error.value.error[0] as number]}`
  }
  return error.value === undefined ? error.kind : `${error.kind}.${error.value}`
}

export async function bareChain(
  options: { genesis?: GenesisOptions; store?: Store; seed?: boolean } = {},
): Promise<Bare> {
  const clock = { ms: 1_700_000_000_000 }
  const faults = new FaultBoard()
  const chain = new Chain({
    store: options.store ?? memoryStore(),
    faults,
    seal: { everyMs: 1 << 30 },
    genesis: options.genesis ?? {},
    now: () => clock.ms,
    signatures: await loadSignatures(),
  })
  const control = chainControl(chain)
  let last: readonly { pallet: string; name: string; data: readonly unknown[] }[] = []
  control.onBlock(block => {
    last = block.events
  })
  if (options.seed !== false) seed(control)
  chain.seal()

  const as: Bare['as'] = (origin, pallet, name, args) => {
    const outcome = chain.act(context => context.dispatch(theRuntime().call(pallet, name, args), origin))
    chain.seal()
    return refusalName(outcome.error)
  }
  const call: Bare['call'] = (account, pallet, name, args) => as({ kind: 'signed', account }, pallet, name, args)
  return {
    chain,
    control,
    faults,
    as,
    call,
    pass: seconds => {
      clock.ms += seconds * 1000
      chain.seal()
    },
    events: pallet => last.filter(e => pallet === undefined || e.pallet === pallet).map(e => e.name),
    event: name => last.findLast(e => e.name === name)?.data,
    nodeContract: (account, args = {}) =>
      call(account, 'SmartContractModule', 'createNodeContract', {
        nodeId: 11,
        deploymentHash: hash(1),
        deploymentData: utf8('{"version":3,"type":"vm","name":"a","projectName":""}'),
        publicIps: 0,
        solutionProviderId: undefined,
        ...args,
      }),
  }
}

function seed(control: ChainControl): void {
  const pk = new Uint8Array(33).fill(2)
  const twin = (account: string, units: bigint) => {
    control.endow(addressOfAccount(account), units)
    return control.seedTwin({ account: addressOfAccount(account), relay: 'relay.local', pk })
  }
  const farmer = twin(FARMER, 1_000_000_000n)
  twin(USER, 1_000_000_000_000n)
  twin(OTHER, 1_000_000_000n)
  const publicIps = ['185.206.122.33/24', '185.206.122.34/24'].map(ip => ({ ip, gateway: '185.206.122.1' }))
  const farmId = control.seedFarm({ name: 'testfarm', twinId: farmer, publicIps })
  for (const [account, id] of [
    [NODE_11, 11],
    [NODE_168, 168],
  ] as const) {
    control.seedNode({
      id,
      farmId,
      twinId: twin(account, 1_000_000_000n),
      resources: { cru: 8n, mru: 32n * GIB, sru: 1000n * GIB, hru: 4000n * GIB },
      location: { city: 'Ghent', country: 'Belgium', latitude: '51.05', longitude: '3.72' },
      interfaces: [{ name: 'zos', mac: '54:45:46:f6:02:61', ips: ['10.1.3.4'] }],
      serialNumber: `serial-${id}`,
    })
  }
}
