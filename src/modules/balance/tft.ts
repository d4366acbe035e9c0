/** 1 TFT is 10^7 units on the chain. */
export const UNITS_PER_TFT = 1e7

export function tftFromUnits(units: bigint): number {
  return Number(units) / UNITS_PER_TFT
}
