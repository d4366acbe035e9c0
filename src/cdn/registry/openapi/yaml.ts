/** Plain data as YAML 1.2, in blocks. Only what JSON can say; every string that could be taken for something else is quoted. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

export function toYaml(value: Plain): string {
  return `${blockLines(value, '').join('\n')}\n`
}

function blockLines(value: Plain, indent: string): readonly string[] {
  if (isList(value)) return value.flatMap(item => itemLines(item, indent))
  if (!isBlock(value)) return [`${indent}${scalar(value)}`]
  return Object.entries(value as { readonly [key: string]: Plain }).flatMap(([key, inner]) => {
    const name = `${indent}${text(key)}:`
    return isBlock(inner) ? [name, ...blockLines(inner, `${indent}  `)] : [`${name} ${scalar(inner)}`]
  })
}

/** The first line of what is in a list stands beside its dash. */
function itemLines(item: Plain, indent: string): readonly string[] {
  if (!isBlock(item)) return [`${indent}- ${scalar(item)}`]
  const [first = '', ...rest] = blockLines(item, `${indent}  `)
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest]
}

/** Something with lines of its own: empty lists and objects are written as scalars. */
function isBlock(value: Plain): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value) && value.length > 0
}

function scalar(value: Plain): string {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[]' : '{}'
  return `${value}`
}

function text(value: string): string {
  const isPlain = /^[a-zA-Z/$][\w ./${}()-]*$/.test(value) && !value.endsWith(' ')
  const isWord = /^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
  return isPlain && !isWord ? value : JSON.stringify(value)
}
