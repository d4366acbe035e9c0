/** Answers of a 0-DB: what they are, and their bytes. */

export type Reply =
  | { readonly kind: 'simple'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'bulk'; readonly bytes: Uint8Array }
  | { readonly kind: 'nil' }
  | { readonly kind: 'array'; readonly items: readonly Reply[] }

export const OK: Reply = Object.freeze({ kind: 'simple', text: 'OK' })
export const NIL: Reply = Object.freeze({ kind: 'nil' })

export const integer = (value: number): Reply => ({ kind: 'integer', value })
export const bulk = (content: Uint8Array | string): Reply => ({
  kind: 'bulk',
  bytes: typeof content === 'string' ? Buffer.from(content) : content,
})
export const array = (items: readonly Reply[]): Reply => ({ kind: 'array', items })

/** Adds the bytes of an answer to `parts`, and their number is returned. Values are not copied. */
export function encodeReply(reply: Reply, parts: Uint8Array[]): number {
  switch (reply.kind) {
    case 'simple':
      return add(parts, `+${reply.text}\r\n`)
    case 'error':
      return add(parts, `-${reply.text}\r\n`)
    case 'integer':
      return add(parts, `:${reply.value}\r\n`)
    case 'nil':
      return add(parts, '$-1\r\n')
    case 'bulk': {
      const head = add(parts, `$${reply.bytes.length}\r\n`)
      parts.push(reply.bytes)
      return head + reply.bytes.length + add(parts, '\r\n')
    }
    case 'array': {
      let bytes = add(parts, `*${reply.items.length}\r\n`)
      for (const item of reply.items) bytes += encodeReply(item, parts)
      return bytes
    }
  }
}

function add(parts: Uint8Array[], text: string): number {
  parts.push(Buffer.from(text, 'latin1'))
  return text.length
}
