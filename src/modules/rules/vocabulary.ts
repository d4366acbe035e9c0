/**
 * The rules fields share, each with the sentence a person reads. Limits are those of the grid's nodes and of the peer
 * client's models, so that what passes here passes there.
 * Source: threefoldtech/zosbase pkg/gridtypes; threefoldtech/tfgrid-sdk-ts packages/grid_client/src/{modules/models,zos}.
 */
import { isIpv4 } from '../../network/address/ipv4.js'
import type { Rules, Validators } from './field.js'

/** Longest name of the grid's other clients; nodes take 36 characters. */
export const NAME_LENGTH = 35
const U32_MAX = 2 ** 32 - 1

/** Letters, digits and `_`. */
export const name: Rules = v => named(v, /^[a-zA-Z0-9_]+$/, 'letters, digits and _')

/** Letters and digits only, as the peer client wants the names of disks. */
export const plainName: Rules = v => named(v, /^[a-zA-Z0-9]+$/, 'letters and digits')

export const flag: Rules = v => [v.IsBoolean({ message: 'must be true or false' })]

/** Any text, the empty one too. */
export const text: Rules = v => [v.IsString({ message: 'must be text' })]

/** Text that says something. */
export const someText: Rules = v => [
  v.IsString({ message: 'must be text' }),
  v.MinLength(1, { message: 'must not be empty' }),
]

/** Ids the chain counts up from 1: nodes, twins, farms. */
export const id: Rules = whole(1, U32_MAX)

/** Ids that are 64 bits wide on the chain: contracts, solution providers. */
export const longId: Rules = whole(1, Number.MAX_SAFE_INTEGER)

/** A whole number in a range. */
export function whole(least: number, most: number): Rules {
  return v => [v.IsInt({ message: 'must be a whole number' }), ...between(v, least, most, '')]
}

/** A number in a range, fractions allowed. */
export function amount(least: number, most: number, unit = ''): Rules {
  const message = unit === '' ? 'must be a number' : `must be a number of ${unit}`
  return v => [v.IsNumber({ allowNaN: false, allowInfinity: false }, { message }), ...between(v, least, most, unit)]
}

export function oneOf(values: readonly string[]): Rules {
  const message = `must be one of ${values.join(', ')}`
  return v => [v.IsString({ message }), v.IsIn([...values], { message, context: { choices: values } })]
}

/** `digits` hex digits in either case, neither all 0 nor all f. */
export function seed(digits: number, whose: string): Rules {
  const message = `must be ${digits} hex digits`
  return v => [
    v.IsString({ message }),
    v.Matches(new RegExp(`^[0-9a-fA-F]{${digits}}$`), { message: `${message}; leave it out and one is derived` }),
    rule(v, 'weakSeed', value => !/^(0+|f+)$/i.test(value), `is ${whose} nobody may have: all 0 or all f`),
  ]
}

/** What a text must be, by a function of our own. */
export function textRule(name: string, holds: (value: string) => boolean, message: string): Rules {
  return v => [v.IsString({ message: 'must be text' }), rule(v, name, holds, message)]
}

/** A list of plain values, each of which `holds`. Problems name the element. */
export function listOf(
  name: string,
  holds: (element: unknown) => boolean,
  message: string,
  size: { least?: number; most?: number; choices?: readonly string[] } = {},
): Rules {
  const { least = 0, most = 1000, choices } = size
  const context = { each: holds, ...(choices === undefined ? {} : { choices }) }
  const validator = { validate: (element: unknown) => holds(element), defaultMessage: () => message }
  return v => [
    v.IsArray({ message: 'must be a list […]' }),
    v.ArrayMinSize(least, { message: `must have at least ${least}` }),
    v.ArrayMaxSize(most, { message: `must have at most ${most}` }),
    v.ValidateBy({ name, validator }, { each: true, context }),
  ]
}

export const idList = (least: number, most: number): Rules =>
  listOf('id', element => Number.isSafeInteger(element) && Number(element) >= 1, 'must be a whole number from 1 on', {
    least,
    most,
  })

export const ipv4 = textRule('ipv4', isIpv4, 'must be an IPv4 address like 10.249.2.2')

/** Where an image is. */
export const httpUrl = textRule('url', isHttpUrl, 'must be a URL that begins with http:// or https://')

/** The address of an account. The chain checks its checksum before anything is signed. */
export const account = textRule(
  'account',
  value => /^[1-9A-HJ-NP-Za-km-z]{46,48}$/.test(value),
  'must be the address of an account, like 5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV',
)

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s/]/i.test(value) || /\s/.test(value) || value.length > 2048) return false
  return URL.canParse(value)
}

function named(v: Validators, pattern: RegExp, of: string): PropertyDecorator[] {
  return [
    v.IsString({ message: `must be text of ${of}` }),
    v.Matches(pattern, { message: `must be made of ${of}, at least one` }),
    v.MaxLength(NAME_LENGTH, { message: `must have at most ${NAME_LENGTH} characters` }),
  ]
}

function between(v: Validators, least: number, most: number, unit: string): PropertyDecorator[] {
  const suffix = unit === '' ? '' : ` ${unit}`
  return [
    v.Min(least, { message: `must be at least ${least}${suffix}`, context: { nearest: String(least) } }),
    v.Max(most, { message: `must be at most ${most}${suffix}`, context: { nearest: String(most) } }),
  ]
}

/** A rule by name; values that are not text are the business of the rule before. */
function rule(v: Validators, name: string, holds: (value: string) => boolean, message: string): PropertyDecorator {
  const validate = (value: unknown) => typeof value !== 'string' || holds(value)
  return v.ValidateBy({ name, validator: { validate, defaultMessage: () => message } })
}
