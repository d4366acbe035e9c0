/** Conditions on the entity tag: If-None-Match, If-Match, If-Range. Source: RFC 9110, section 13. */
export interface ConditionHeaders {
  readonly 'if-none-match'?: string | undefined
  readonly 'if-match'?: string | undefined
  readonly 'if-range'?: string | string[] | undefined
}

/** More tags than anyone sends. What follows does not count. */
const MOST_TAGS = 100

/** True when the client has the content already: 304. Weak comparison. */
export function isUnchanged(headers: ConditionHeaders, etag: string): boolean {
  return matches(headers['if-none-match'], tag => opaque(tag) === opaque(etag))
}

/** True when the client wants another content than there is: 412. Strong comparison. */
export function isOther(headers: ConditionHeaders, etag: string): boolean {
  const wanted = headers['if-match']
  return wanted !== undefined && !matches(wanted, tag => tag === etag && !etag.startsWith('W/'))
}

/** True when a range may be sent: there is no If-Range, or it names this very content. A date never does: there is none. */
export function mayBePart(headers: ConditionHeaders, etag: string): boolean {
  const condition = headers['if-range']
  return condition === undefined || (condition === etag && !etag.startsWith('W/'))
}

function matches(list: string | undefined, isMeant: (tag: string) => boolean): boolean {
  if (list === undefined) return false
  if (list.trim() === '*') return true
  const tags = list.matchAll(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g)
  for (let count = 0; count < MOST_TAGS; count++) {
    const { value, done } = tags.next()
    if (done) return false
    if (isMeant(value[0])) return true
  }
  return false
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
