/**
 * Where the grid is and who asks: explicit options first, then the environment, then nothing (a local grid).
 *
 * | option         | environment            | default for a named network `N`           |
 * | -------------- | ---------------------- | ----------------------------------------- |
 * | network        | HYPHAE_NETWORK         |                                           |
 * | mnemonic       | HYPHAE_MNEMONIC        |                                           |
 * | substrateURL   | HYPHAE_SUBSTRATE_URL   | wss://tfchain.N.grid.tf/ws                |
 * | relayURL       | HYPHAE_RELAY_URL       | wss://relay.N.grid.tf                     |
 * | proxyURL       | HYPHAE_PROXY_URL       | https://gridproxy.N.grid.tf               |
 * | graphqlURL     | HYPHAE_GRAPHQL_URL     | https://graphql.N.grid.tf/graphql         |
 * | activationURL  | HYPHAE_ACTIVATION_URL  | https://activation.N.grid.tf/activation/activate |
 * | kycURL         | HYPHAE_KYC_URL         | https://kyc.N.grid.tf                     |
 * | stateDir       | HYPHAE_STATE_DIR       | the user's state folder                   |
 *
 * On `main` the hosts have no network in their name.
 */
import type { KeyType } from './chain/identity.js'
import { nearest } from './core/nearest.js'
import { Secret } from './core/secret.js'
import { GridError } from './errors/grid.js'
import { InputError } from './errors/input.js'
import type { Host } from './events/host.js'
import type { Limits } from './plan/ports.js'

export const NETWORKS = ['dev', 'qa', 'test', 'main'] as const
export type NetworkName = (typeof NETWORKS)[number]

/** The peer client's enum, so that `NetworkEnv.dev` keeps working. */
export const NetworkEnv = { dev: 'dev', qa: 'qa', test: 'test', main: 'main' } as const
export const KeypairType = { sr25519: 'sr25519', ed25519: 'ed25519' } as const

export interface GridUrls {
  readonly substrateURL: string
  readonly relayURL: string
  readonly proxyURL: string
  readonly graphqlURL: string
  readonly activationURL: string
  readonly kycURL: string
}

export interface GridClientOptions extends Partial<GridUrls> {
  /** `dev`, `qa`, `test` or `main`. */
  network?: NetworkName
  /** Mnemonic of 12 or 24 words, or a hex mini-secret. */
  mnemonic?: string
  keypairType?: KeyType
  /** Deployments are filed under this prefix; see `projectName` in docs/moving.md. */
  projectName?: string
  /** How long all workloads of a deployment may take; 10 by default. */
  deploymentTimeoutMinutes?: number
  /** How long one answer of one node may take; 20,000 by default. */
  nodeTimeoutMs?: number
  /** How long a batch of extrinsics may take until it is final; 120,000 by default. */
  chainTimeoutMs?: number
  keepReconnectingToChain?: boolean
  /** Where the journal lives. */
  stateDir?: string
  /** Who hears of progress; silent by default. */
  host?: Host
  /** With a local grid of this process: where its data lives; in memory when absent. */
  localGridDataDir?: string
  /** Accepted for scripts that come from the peer client; nothing of Hyphae's is stored under it. */
  storeSecret?: string
  /** Accepted for scripts that come from the peer client. */
  backendStorageType?: string
}

/** A grid that exists elsewhere. */
export interface RemoteGrid {
  readonly kind: 'remote'
  readonly network: string
  readonly urls: GridUrls
  readonly mnemonic: Secret<string>
}

export type GridTarget = RemoteGrid | { readonly kind: 'local'; readonly dataDir?: string }

export interface ClientConfig {
  readonly target: GridTarget
  readonly keyType: KeyType
  readonly projectName: string
  readonly limits: Partial<Limits>
  readonly keepReconnecting: boolean
  readonly stateDir?: string
}

/** What a timer can hold: 24 days. A longer one would ring at once. */
const LONGEST_MS = 2 ** 31 - 1

const URL_KEYS = ['substrateURL', 'relayURL', 'proxyURL', 'graphqlURL', 'activationURL', 'kycURL'] as const
type Environment = Readonly<Record<string, string | undefined>>

/** Every option there is; the compiler keeps the list whole. */
const OPTIONS: Readonly<Record<keyof Required<GridClientOptions>, true>> = {
  network: true,
  mnemonic: true,
  keypairType: true,
  projectName: true,
  deploymentTimeoutMinutes: true,
  nodeTimeoutMs: true,
  chainTimeoutMs: true,
  keepReconnectingToChain: true,
  stateDir: true,
  host: true,
  localGridDataDir: true,
  storeSecret: true,
  backendStorageType: true,
  substrateURL: true,
  relayURL: true,
  proxyURL: true,
  graphqlURL: true,
  activationURL: true,
  kycURL: true,
}

/** @throws {InputError|GridError} naming the option or variable that is wrong or missing */
export function readConfig(options: GridClientOptions, environment: Environment): ClientConfig {
  checkSpelling(options)
  const keyType = options.keypairType ?? 'sr25519'
  if (keyType !== 'sr25519' && keyType !== 'ed25519') throw badOption('keypairType', 'sr25519 or ed25519')
  const stateDir = options.stateDir ?? environment.HYPHAE_STATE_DIR
  return {
    target: readTarget(options, environment),
    keyType,
    projectName: readProjectName(options.projectName),
    limits: readLimits(options),
    keepReconnecting: options.keepReconnectingToChain ?? false,
    ...(stateDir ? { stateDir } : {}),
  }
}

/** A slip in `mnemonic` would quietly start a local grid. What is no option at all is let pass: `{ ...grid }` has more. */
function checkSpelling(options: object): void {
  for (const key of Object.keys(options)) {
    if (key in OPTIONS) continue
    const meant = nearest(key, Object.keys(OPTIONS))
    if (meant === undefined || meant in options) continue
    throw new InputError('INPUT_OPTION', `${key} is no option of a client`, {
      where: key,
      hint: `did you mean ${meant}?`,
    })
  }
}

function readTarget(options: GridClientOptions, environment: Environment): GridTarget {
  // Pipelines set variables to nothing; that is not giving them.
  const network = options.network ?? (environment.HYPHAE_NETWORK || undefined)
  const mnemonic = options.mnemonic ?? environment.HYPHAE_MNEMONIC
  const given = Object.fromEntries(
    URL_KEYS.flatMap(key => {
      const url = options[key] ?? environment[environmentName(key)]
      return url ? [[key, checkUrl(key, url)]] : []
    }),
  ) as Partial<GridUrls>

  if (!network && !mnemonic && Object.keys(given).length === 0) {
    const dataDir = options.localGridDataDir ?? environment.HYPHAE_LOCALGRID_DATA
    return { kind: 'local', ...(dataDir ? { dataDir } : {}) }
  }
  if (network !== undefined && !NETWORKS.includes(network as NetworkName))
    throw badOption('network', NETWORKS.join(', '))
  if (!mnemonic) {
    throw new GridError('GRID_IDENTITY', 'a grid is configured, but no account', {
      hint: 'give `mnemonic` (or HYPHAE_MNEMONIC); with neither network nor account Hyphae runs a local grid',
    })
  }
  const missing = URL_KEYS.filter(key => given[key] === undefined)
  if (!network && missing.length > 0) {
    throw new InputError('INPUT_OPTION', `without a network every URL is needed; missing: ${missing.join(', ')}`, {
      hint: 'give `network` (or HYPHAE_NETWORK), or the missing URLs',
    })
  }
  const urls = { ...(network ? defaultUrls(network) : {}), ...given } as GridUrls
  return { kind: 'remote', network: network ?? 'dev', urls, mnemonic: new Secret(mnemonic) }
}

function defaultUrls(network: string): GridUrls {
  const base = network === 'main' ? 'grid.tf' : `${network}.grid.tf`
  return {
    substrateURL: `wss://tfchain.${base}/ws`,
    relayURL: `wss://relay.${base}`,
    proxyURL: `https://gridproxy.${base}`,
    graphqlURL: `https://graphql.${base}/graphql`,
    activationURL: `https://activation.${base}/activation/activate`,
    kycURL: network === 'main' ? 'https://kyc.threefold.me' : `https://kyc.${base}`,
  }
}

function readLimits(options: GridClientOptions): Partial<Limits> {
  const minutes = options.deploymentTimeoutMinutes
  return {
    ...(minutes === undefined
      ? {}
      : { deploymentMs: positive('deploymentTimeoutMinutes', minutes, LONGEST_MS / 60_000) * 60_000 }),
    ...(options.nodeTimeoutMs === undefined ? {} : { nodeReplyMs: positive('nodeTimeoutMs', options.nodeTimeoutMs) }),
    ...(options.chainTimeoutMs === undefined ? {} : { chainMs: positive('chainTimeoutMs', options.chainTimeoutMs) }),
  }
}

function readProjectName(name: string | undefined): string {
  if (name === undefined) return ''
  // Non-ASCII text in a contract's data comes back as hex from some readers, so its name could never be found again.
  if (!/^[\x20-\x7e]{0,128}$/.test(name)) throw badOption('projectName', 'at most 128 printable ASCII characters')
  return name
}

function checkUrl(key: (typeof URL_KEYS)[number], url: string): string {
  const schemes = key === 'substrateURL' || key === 'relayURL' ? ['ws:', 'wss:'] : ['http:', 'https:']
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !schemes.includes(parsed.protocol)) {
    throw new InputError('INPUT_URL', `${key} is not a ${schemes.join('// or ')}// URL`, {
      where: key,
      hint: `for example ${schemes[1]}//host.example`,
    })
  }
  return url.replace(/\/+$/, '')
}

function environmentName(key: string): string {
  return `HYPHAE_${key.replace('URL', '').toUpperCase()}_URL`
}

function positive(option: string, value: number, most = LONGEST_MS): number {
  if (Number.isFinite(value) && value > 0 && value <= most) return value
  throw badOption(option, `a positive number, at most ${Math.floor(most)}`)
}

function badOption(option: string, expected: string): InputError {
  return new InputError('INPUT_OPTION', `${option} must be ${expected}`, { where: option })
}
