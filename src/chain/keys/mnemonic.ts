/**
 * BIP-39 word lists to the 32-byte mini-secret of a Substrate account and back.
 *
 * Substrate stretches the entropy, not the words (paritytech/substrate-bip39): the first half of
 * PBKDF2-HMAC-SHA512(entropy, "mnemonic", 2048). So the secret is not that of wallets that follow BIP-39 to the end.
 * Nothing here repeats a word in an error.
 */
import { InputError } from '../../errors/input.js'

const COUNTS = [12, 15, 18, 21, 24]
const HINT = 'give the words as they were written down, in English, in their order, separated by single blanks'

/** The mini-secret, 32 bytes.
 *
 * @param text words in any case, any white space between them
 * @throws {InputError} INPUT_MNEMONIC: the count, the number of the first unknown word, or the checksum
 */
export async function miniSecretOfMnemonic(text: string): Promise<Uint8Array> {
  const words = text.normalize('NFKD').toLowerCase().split(/\s+/u).filter(Boolean)
  if (!COUNTS.includes(words.length)) {
    throw refused(`the mnemonic has ${words.length} ${words.length === 1 ? 'word' : 'words'}; it has 12 or 24`)
  }
  const { default: list } = await import('@polkadot/util-crypto/mnemonic/wordlists/en')
  const known = new Set(list)
  const unknown = words.flatMap((word, index) => (known.has(word) ? [] : [index + 1]))
  if (unknown.length > 0) {
    const which = unknown.length === 1 ? `word ${unknown[0]} is` : `words ${unknown.join(', ')} are`
    throw refused(`${which} not in the BIP-39 list`)
  }
  const { mnemonicToMiniSecret, mnemonicValidate } = await import('@polkadot/util-crypto/mnemonic')
  const phrase = words.join(' ')
  if (!mnemonicValidate(phrase)) {
    throw refused("the mnemonic's checksum is wrong: every word is in the list, but one is not the right one")
  }
  return mnemonicToMiniSecret(phrase)
}

/** New words, drawn from the system's randomness.
 *
 * @param words 12 (128 bits) or 24 (256 bits)
 */
export async function generateMnemonic(words: 12 | 24 = 12): Promise<string> {
  const { mnemonicGenerate } = await import('@polkadot/util-crypto/mnemonic')
  return mnemonicGenerate(words)
}

function refused(message: string): InputError {
  return new InputError('INPUT_MNEMONIC', message, { hint: HINT })
}
