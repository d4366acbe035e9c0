/** How a grid is named in the environment; the same variables that a client reads. */
import type { LocalGrid } from '../../localgrid/index.js'

const URLS = ['substrateURL', 'relayURL', 'proxyURL', 'graphqlURL', 'activationURL', 'kycURL'] as const

/** Any of these names a grid that is there already. */
export const CONFIGURED_BY: readonly string[] = ['HYPHAE_NETWORK', 'HYPHAE_MNEMONIC', ...URLS.map(variableOf)]

export function gridEnvironment(grid: LocalGrid, stateDir: string): Readonly<Record<string, string>> {
  return {
    HYPHAE_NETWORK: grid.network,
    HYPHAE_MNEMONIC: grid.mnemonic,
    HYPHAE_STATE_DIR: stateDir,
    ...Object.fromEntries(URLS.map(name => [variableOf(name), grid[name]])),
  }
}

function variableOf(name: (typeof URLS)[number]): string {
  return `HYPHAE_${name.replace('URL', '').toUpperCase()}_URL`
}
