import { describe, expect, it } from '@jest/globals'

import { type GridClientOptions, type GridTarget, NETWORKS, readConfig } from './config.js'
import { isHyphaeError } from './errors/base.js'

const MNEMONIC = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'
const urls = {
  substrateURL: 'ws://127.0.0.1:1/ws/',
  relayURL: 'ws://127.0.0.1:2',
  proxyURL: 'http://127.0.0.1:3',
  graphqlURL: 'http://127.0.0.1:4/graphql',
  activationURL: 'http://127.0.0.1:5',
  kycURL: 'http://127.0.0.1:6',
}

function target(options: GridClientOptions, environment: Record<string, string | undefined> = {}): GridTarget {
  return readConfig(options, environment).target
}

function remote(options: GridClientOptions, environment: Record<string, string | undefined> = {}) {
  const found = target(options, environment)
  if (found.kind !== 'remote') throw new Error('expected a grid elsewhere')
  return found
}

describe('where the grid is', () => {
  it('is in this process when nothing says otherwise', () => {
    expect(target({})).toEqual({ kind: 'local' })
    expect(target({ localGridDataDir: '/data' })).toEqual({ kind: 'local', dataDir: '/data' })
    expect(target({}, { HYPHAE_LOCALGRID_DATA: '/data' })).toEqual({ kind: 'local', dataDir: '/data' })
    const empty = { HYPHAE_NETWORK: '', HYPHAE_MNEMONIC: '', HYPHAE_PROXY_URL: '', HYPHAE_LOCALGRID_DATA: '' }
    expect(target({}, empty)).toEqual({ kind: 'local' })
  })

  it.each(NETWORKS)('is found by the name of network %s', network => {
    const { urls } = remote({ network, mnemonic: MNEMONIC })
    const base = network === 'main' ? 'grid.tf' : `${network}.grid.tf`
    expect(urls).toMatchObject({
      substrateURL: `wss://tfchain.${base}/ws`,
      relayURL: `wss://relay.${base}`,
      proxyURL: `https://gridproxy.${base}`,
      graphqlURL: `https://graphql.${base}/graphql`,
    })
  })

  it('is found by URLs alone when all of them are given, each without a slash at its end', () => {
    expect(remote({ ...urls, mnemonic: MNEMONIC }).urls).toEqual({ ...urls, substrateURL: 'ws://127.0.0.1:1/ws' })
  })

  it('is what the options say before what the environment says', () => {
    const environment = {
      HYPHAE_NETWORK: 'main',
      HYPHAE_MNEMONIC: 'other words',
      HYPHAE_PROXY_URL: 'https://env.example',
      HYPHAE_RELAY_URL: 'wss://env.example',
    }
    const found = remote({ network: 'dev', mnemonic: MNEMONIC, proxyURL: 'https://mine.example' }, environment)
    expect(found.network).toBe('dev')
    expect(found.mnemonic.reveal()).toBe(MNEMONIC)
    expect(found.urls).toMatchObject({
      proxyURL: 'https://mine.example',
      relayURL: 'wss://env.example',
      kycURL: 'https://kyc.dev.grid.tf',
    })
    expect(remote({}, environment).mnemonic.reveal()).toBe('other words')
  })

  it('shows no mnemonic however it is printed', () => {
    expect(JSON.stringify(readConfig({ network: 'dev', mnemonic: MNEMONIC }, {}))).not.toContain('drive')
  })
})

describe('an option that is wrong', () => {
  const cases: readonly (readonly [string, GridClientOptions, string, string | undefined])[] = [
    ['a network without an account', { network: 'dev' }, 'GRID_IDENTITY', undefined],
    ['an unknown network', { network: 'prod' as never, mnemonic: MNEMONIC }, 'INPUT_OPTION', 'network'],
    ['an account without a grid', { mnemonic: MNEMONIC }, 'INPUT_OPTION', undefined],
    ['a key type of another chain', { keypairType: 'ecdsa' as never }, 'INPUT_OPTION', 'keypairType'],
    ['a relay over http', { relayURL: 'http://relay.example' }, 'INPUT_URL', 'relayURL'],
    ['a proxy over ws', { proxyURL: 'ws://proxy.example' }, 'INPUT_URL', 'proxyURL'],
    ['no URL', { kycURL: 'kyc' }, 'INPUT_URL', 'kycURL'],
    ['a URL that is no text', { kycURL: new URL('http://kyc.example') as never }, 'INPUT_URL', 'kycURL'],
    ['a name that is not ASCII', { projectName: 'müsli' }, 'INPUT_OPTION', 'projectName'],
    ['a name that is too long', { projectName: 'x'.repeat(129) }, 'INPUT_OPTION', 'projectName'],
    ['no time', { nodeTimeoutMs: 0 }, 'INPUT_OPTION', 'nodeTimeoutMs'],
    ['endless time', { chainTimeoutMs: Number.POSITIVE_INFINITY }, 'INPUT_OPTION', 'chainTimeoutMs'],
    ['more time than a timer holds', { deploymentTimeoutMinutes: 36_000 }, 'INPUT_OPTION', 'deploymentTimeoutMinutes'],
    ['time that is no number', { nodeTimeoutMs: Number.NaN }, 'INPUT_OPTION', 'nodeTimeoutMs'],
  ]
  it.each(cases)('%s is an error that names it', (_, options, code, where) => {
    let error: unknown
    try {
      readConfig(options, {})
    } catch (cause) {
      error = cause
    }
    expect(isHyphaeError(error) && { code: error.code, where: error.where }).toEqual({ code, where })
  })

  it('without a network names every URL that is missing', () => {
    expect(() => readConfig({ mnemonic: MNEMONIC, proxyURL: urls.proxyURL }, {})).toThrow(
      /substrateURL, relayURL, graphqlURL, activationURL, kycURL/,
    )
  })

  it('is found when it is misspelled; what is no option at all is let pass', () => {
    const slip = { mnemonics: MNEMONIC } as GridClientOptions
    expect(() => readConfig(slip, {})).toThrow(
      expect.objectContaining({ code: 'INPUT_OPTION', hint: 'did you mean mnemonic?' }),
    )
    expect(readConfig({ ...urls, mnemonic: MNEMONIC, nodes: [], twinId: 2 } as GridClientOptions, {}).target.kind).toBe(
      'remote',
    )
  })

  it('shows no password of a URL', () => {
    expect(() => readConfig({ proxyURL: 'ftp://me:hunter2@host' }, {})).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('limits', () => {
  it('are those that are given, in milliseconds', () => {
    const { limits } = readConfig({ deploymentTimeoutMinutes: 2, nodeTimeoutMs: 5, chainTimeoutMs: 7 }, {})
    expect(limits).toEqual({ deploymentMs: 120_000, nodeReplyMs: 5, chainMs: 7 })
    expect(readConfig({}, {}).limits).toEqual({})
  })
})
