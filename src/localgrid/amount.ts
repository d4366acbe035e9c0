/** Amounts as people write them: TFT with up to seven decimals. */
import { LocalGridError } from '../errors/localgrid.js'

export const UNITS_PER_TFT = 10_000_000n
const MAX_TFT = 10n ** 12n

/** Units of 1e-7 TFT.
 *
 * @throws {LocalGridError} LOCALGRID_REQUEST when it is not positive, too fine or too much
 * @example unitsOfTft('1.5') // 15000000n
 */
export function unitsOfTft(tft: number | bigint | string): bigint {
  const parts = /^(\d{1,13})(?:\.(\d{1,7}))?$/.exec(typeof tft === 'number' ? plain(tft) : String(tft))
  const units = parts ? BigInt(parts[1] as string) * UNITS_PER_TFT + BigInt((parts[2] ?? '').padEnd(7, '0')) : 0n
  if (units <= 0n || units > MAX_TFT * UNITS_PER_TFT) {
    throw new LocalGridError('LOCALGRID_REQUEST', 'the amount is not one of TFT', {
      where: 'tft',
      hint: `use more than 0, at most ${MAX_TFT}, with up to seven decimals`,
    })
  }
  return units
}

/** Without an exponent, trailing zeros cut. */
function plain(value: number): string {
  return Number.isFinite(value) ? value.toFixed(7).replace(/\.?0+$/, '') : ''
}
