/** Who signs: an account and the two things it does, without its secret. Filled by chain/keys. */
export type KeyType = 'sr25519' | 'ed25519'

export interface Signer {
  readonly keyType: KeyType
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** SS58, prefix 42. */
  readonly address: string
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

/** A signer that also derives: needed for RMB encryption and for keys nobody gave. */
export interface Identity extends Signer {
  /** The account's 32-byte mini-secret. Handed to rmb/crypto and HKDF only. */
  miniSecret(): Uint8Array
}
