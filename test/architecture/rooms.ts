/**
 * Who may import whom. The one table of the import rule: change it only together with the design, never to make a test
 * pass.
 */

/** Rooms, the more particular path first. */
const ROOMS: readonly (readonly [room: string, path: RegExp])[] = [
  ['errors', /^src\/errors\//],
  ['core', /^src\/core\//],
  ['events', /^src\/events\//],
  ['zos', /^src\/zos\//],
  ['network/address', /^src\/network\/address\//],
  ['network/node', /^src\/network\/node\//],
  ['chain/polkadot', /^src\/chain\/polkadot\//],
  ['chain', /^src\/chain\//],
  ['rmb', /^src\/rmb\//],
  ['explorer', /^src\/explorer\//],
  ['plan', /^src\/plan\//],
  ['modules', /^src\/modules\//],
  ['cdn', /^src\/cdn\//],
  ['rooms', /^src\/rooms\//],
  ['backbone', /^src\/backbone\//],
  ['localgrid', /^src\/localgrid\//],
  ['cli', /^src\/cli\//],
  ['client', /^src\/(index|client|config|connect|state-folder)\.ts$/],
]

export function roomOf(path: string): string {
  const room = ROOMS.find(([, pattern]) => pattern.test(path))?.[0]
  if (room === undefined) throw new Error(`${path} is in no room: put it in one, or give design and table a new one`)
  return room
}

interface Doors {
  /** Rooms whose code may be used. */
  readonly uses: readonly string[]
  /** Rooms of which only types may be named: the ports. */
  readonly names?: readonly string[]
}

const GROUND = ['errors', 'core', 'events']

/** Downwards only. A room may always use itself. */
export const DOORS: Readonly<Record<string, Doors>> = {
  errors: { uses: [] },
  core: { uses: ['errors'] },
  events: { uses: ['errors'] },
  zos: { uses: ['core', 'errors'] },
  'network/address': { uses: ['zos', 'core', 'errors'] },
  'network/node': { uses: ['network/address', ...GROUND] },
  chain: { uses: GROUND },
  'chain/polkadot': { uses: ['chain', ...GROUND] },
  // Envelopes and tokens are signed with an account's key, and checked with the chain's curves.
  rmb: { uses: ['chain', ...GROUND] },
  explorer: { uses: GROUND, names: ['chain'] },
  plan: { uses: ['network/address', 'zos', ...GROUND], names: ['chain', 'rmb', 'explorer'] },
  modules: { uses: ['plan', 'network/address', 'zos', ...GROUND], names: ['chain', 'rmb', 'explorer'] },
  // Wires ports to modules: the one place that knows every room.
  client: {
    uses: ['modules', 'plan', 'network/address', 'zos', 'chain', 'chain/polkadot', 'rmb', 'explorer', ...GROUND],
  },
  cdn: { uses: GROUND },
  rooms: { uses: GROUND },
  backbone: { uses: GROUND },
  localgrid: { uses: ['chain', 'rmb', 'explorer', 'cdn', 'network/address', 'zos', ...GROUND] },
  cli: {
    uses: ['client', 'localgrid', 'cdn', 'modules', 'plan', 'network/node', 'network/address', 'zos', ...GROUND],
    names: ['chain', 'rmb', 'explorer'],
  },
}

/** The only ways into the local grid from outside: each a lazy import. */
export const LOCALGRID_DOORS = [/^src\/connect\.ts$/, /^src\/client\.ts$/, /^src\/cli\//]

/** A third party lives in one room. What is not listed may not be imported at all. */
export const THIRD_PARTIES: Readonly<Record<string, readonly RegExp[]>> = {
  '@polkadot/api': [/^src\/chain\/polkadot\//],
  '@polkadot/types': [/^src\/chain\/polkadot\//, /^src\/localgrid\/chain\//],
  '@polkadot/util': [/^src\/chain\/polkadot\//, /^src\/chain\/keys/, /^src\/localgrid\/chain\//],
  '@polkadot/util-crypto': [/^src\/chain\/keys/, /^src\/localgrid\/chain\//],
  '@polkadot/wasm-crypto': [/^src\/chain\/keys/, /^src\/localgrid\/chain\//],
  axios: [/^src\/core\/http\.ts$/],
  'class-validator': [/^src\/modules\/validate\.ts$/],
  'class-transformer': [/^src\/modules\/validate\.ts$/],
  'reflect-metadata': [/^src\/modules\/validate\.ts$/],
  ajv: [/^src\/(explorer|localgrid|cdn|cli|rooms)\//],
  // The chain's socket is our own too, so that a connection that drops is resumed by rules of ours.
  ws: [/^src\/rmb\//, /^src\/chain\/polkadot\/wire\//, /^src\/localgrid\//, /^src\/rooms\//],
  hono: [/^src\/localgrid\//, /^src\/cdn\//, /^src\/rooms\//],
  '@hono/node-server': [/^src\/localgrid\//, /^src\/cdn\//, /^src\/rooms\//],
  graphql: [/^src\/localgrid\/explorer\//],
  'hash-wasm': [/^src\/localgrid\/chain\//, /^src\/cdn\//],
  '@napi-rs/blake-hash': [/^src\/cdn\//],
  mime: [/^src\/cdn\//],
  'smol-toml': [/^src\/cdn\//],
  pg: [/^src\/cdn\/registry\//],
  tweetnacl: [/^src\/network\/address\//, /^src\/localgrid\/node\//],
  '@noble/hashes': [/^src\//],
  '@noble/curves': [/^src\/(rmb|chain)\//],
  '@scure/base': [/^src\//],
  '@stricli/core': [/^src\/cli\//],
  jiti: [/^src\/cli\//],
  picocolors: [/^src\/cli\//],
}

/** What a browser runs too: nothing of Node in them, nor in anything they load. */
export const BROWSER_SAFE = [
  /^src\/errors\//,
  /^src\/core\/(bytes|hex|json)\.ts$/,
  /^src\/zos\//,
  /^src\/network\/address\//,
  /^src\/cdn\/(meta|erasure)\//,
]

export function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string)
}
