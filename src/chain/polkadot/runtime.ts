/**
 * The chain's runtime as @polkadot/api understands it: its metadata, types, storage keys, calls and errors.
 *
 * The api is used for what it is best at, turning values into SCALE and back by the metadata. It does not talk itself:
 * it gets its few initial answers from a provider that holds them, so it opens nothing, subscribes to nothing, retries
 * nothing and has nothing to log. wire/ does the talking. One runtime belongs to one client.
 */
import type { ApiPromise } from '@polkadot/api'

import type { Deadline } from '../../core/deadline.js'
import { ChainError } from '../../errors/chain.js'
import type { RpcSocket } from './wire/socket.js'

export interface RuntimeVersion {
  readonly specVersion: number
  readonly transactionVersion: number
}

export interface Runtime {
  readonly api: ApiPromise
  readonly genesisHash: string
  readonly version: RuntimeVersion
  readonly classes: typeof import('@polkadot/types')
}

/** The answers the api asks for when it starts. */
interface Answers {
  readonly chain_getBlockHash: string
  readonly state_getRuntimeVersion: Record<string, unknown>
  readonly system_chain: string
  readonly system_properties: unknown
  readonly rpc_methods: { methods: string[] }
}

const HASH = /^0x[0-9a-f]{64}$/
/** `meta` in little endian: what metadata begins with. */
const METADATA = /^0x6d657461[0-9a-f]{4,}$/

/** Reads the metadata and makes the runtime of it. @throws {ChainError} CHAIN_REPLY */
export async function loadRuntime(socket: RpcSocket, deadline: Deadline): Promise<Runtime> {
  // The api takes half a second to load the first time; the chain can answer meanwhile.
  const loading = Promise.all([import('@polkadot/api'), import('@polkadot/types')])
  loading.catch(() => {})
  const ask = (method: string, params: readonly unknown[] = []) => deadline.race(socket.request(method, params))
  const [genesisHash, version, name, properties, metadata] = await Promise.all([
    ask('chain_getBlockHash', [0]).then(value => hex(value, HASH, 'the hash of block 0')),
    ask('state_getRuntimeVersion').then(checkedVersion),
    ask('system_chain').then(value => text(value, 'the name of the chain')),
    ask('system_properties'),
    ask('state_getMetadata').then(value => hex(value, METADATA, 'the metadata')),
  ])
  const answers: Answers = {
    chain_getBlockHash: genesisHash,
    state_getRuntimeVersion: version.raw,
    system_chain: name,
    system_properties: properties ?? {},
    // Nothing is asked through the api, so it need not know what could be.
    rpc_methods: { methods: [] },
  }
  try {
    const [{ ApiPromise }, classes] = await deadline.race(loading)
    const api = await deadline.race(createApi(ApiPromise, answers, `${genesisHash}-${version.specVersion}`, metadata))
    const { specVersion, transactionVersion } = version
    return { api, genesisHash, version: { specVersion, transactionVersion }, classes }
  } catch (cause) {
    deadline.check()
    throw new ChainError('CHAIN_REPLY', "the chain's metadata cannot be understood", {
      hint: 'check that the address is that of TFChain',
      cause,
    })
  }
}

export async function genesisOf(socket: RpcSocket, deadline: Deadline): Promise<string> {
  return hex(await deadline.race(socket.request('chain_getBlockHash', [0])), HASH, 'the hash of block 0')
}

/** @throws {ChainError} CHAIN_REPLY */
export function readVersion(value: unknown): RuntimeVersion {
  const { specVersion, transactionVersion } = checkedVersion(value)
  return { specVersion, transactionVersion }
}

function checkedVersion(value: unknown): RuntimeVersion & { raw: Record<string, unknown> } {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const { specVersion, transactionVersion } = raw
  if (!Number.isInteger(specVersion) || !Number.isInteger(transactionVersion)) {
    throw new ChainError('CHAIN_REPLY', "the chain's runtime version is not one")
  }
  return { specVersion: specVersion as number, transactionVersion: transactionVersion as number, raw }
}

async function createApi(
  ApiPromise: typeof import('@polkadot/api').ApiPromise,
  answers: Answers,
  metadataKey: string,
  metadata: string,
): Promise<ApiPromise> {
  class SilentApi extends ApiPromise {
    /** A failure is an event, which rejects `isReadyOrError`; passed on, it would be printed. */
    protected override async _loadMeta(): Promise<boolean> {
      try {
        return await super._loadMeta()
      } catch (error) {
        this.emit('error', error as Error)
        return false
      }
    }
  }
  const api = new SilentApi({
    provider: heldAnswers(answers),
    metadata: { [metadataKey]: metadata as `0x${string}` },
    noInitWarn: true,
    initWasm: false,
    throwOnConnect: true,
  })
  // Only one of its two promises is looked at; the other must not count as unhandled.
  api.isReady.catch(() => {})
  return api.isReadyOrError as Promise<ApiPromise>
}

/** A provider that knows some answers and no connection. */
function heldAnswers(answers: Answers) {
  const refuse = (method: string) => Promise.reject(new Error(`${method} is not asked through the api`))
  return {
    hasSubscriptions: false,
    isClonable: false,
    isConnected: true,
    clone() {
      return this
    },
    connect: async () => {},
    disconnect: async () => {},
    on: () => () => {},
    send: <T>(method: string) =>
      Object.hasOwn(answers, method) ? Promise.resolve(answers[method as keyof Answers] as T) : refuse(method),
    subscribe: (_type: string, method: string) => refuse(method),
    unsubscribe: (_type: string, method: string) => refuse(method),
  }
}

/** @throws {ChainError} CHAIN_REPLY when it is no hex text of the form */
export function hex(value: unknown, form: RegExp, what: string): string {
  if (typeof value !== 'string' || !form.test(value))
    throw new ChainError('CHAIN_REPLY', `${what} is not what it must be`)
  return value
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new ChainError('CHAIN_REPLY', `${what} is not a text`)
  return value
}
