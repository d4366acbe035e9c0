/** Numbers as the indexes print them. */

/** A JSON number that JavaScript holds exactly. */
export const exactNumber = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const

/** u32: ids of nodes, farms and twins. */
export const id = { type: 'integer', minimum: 0, maximum: 0xffff_ffff } as const

/** GraphQL's BigInt: decimal digits in a string; some servers print a number. */
export const bigInt = { anyOf: [{ type: 'string', pattern: '^[0-9]{1,39}$' }, exactNumber] } as const

export type BigIntText = string | number
