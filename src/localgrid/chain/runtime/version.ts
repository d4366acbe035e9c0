/** What the runtime calls itself: threefoldtech/tfchain, substrate-node/runtime/src/lib.rs, spec 149. */
export const runtimeVersion = {
  specName: 'substrate-threefold',
  implName: 'substrate-threefold',
  authoringVersion: 1,
  specVersion: 149,
  implVersion: 1,
  /** Runtime APIs by the hash of their name: Core, Metadata, AccountNonceApi, TransactionPaymentApi. */
  apis: [
    ['0xdf6acb689907609b', 4],
    ['0x37e397fc7c91f5e4', 2],
    ['0xbc9d89904f5b923f', 1],
    ['0x37c8bb1350a9a2a8', 4],
  ],
  transactionVersion: 2,
  stateVersion: 1,
} as const

export const SPEC_VERSION = runtimeVersion.specVersion
export const TX_VERSION = runtimeVersion.transactionVersion
/** Digits of TFT. */
export const TOKEN = { symbol: 'TFT', decimals: 7, ss58Format: 42 } as const
