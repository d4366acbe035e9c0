/**
 * The order Go gives strings: by the bytes of their UTF-8, told without encoding them.
 *
 * UTF-16 units have the same order but for one thing: characters beyond U+FFFF are written with units D800–DFFF, which
 * come before E000–FFFF although the characters come after. Runs in a browser.
 */
export function utf8Order(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return weight(left) - weight(right)
  }
  return a.length - b.length
}

/** Surrogates moved above everything else. */
function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
