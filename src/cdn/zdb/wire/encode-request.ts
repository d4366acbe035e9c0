/** A request as 0-DB reads it: an array of bulk strings. Large arguments are not copied. */
export type Argument = Uint8Array | string | number

const COPIED_BYTES = 4096

export function encodeRequest(args: readonly Argument[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  let small: Uint8Array[] = [Buffer.from(`*${args.length}\r\n`)]
  const flush = () => {
    parts.push(Buffer.concat(small))
    small = []
  }
  for (const arg of args) {
    const bytes = arg instanceof Uint8Array ? arg : Buffer.from(String(arg))
    small.push(Buffer.from(`$${bytes.length}\r\n`))
    if (bytes.length > COPIED_BYTES) {
      flush()
      parts.push(bytes)
    } else small.push(bytes)
    small.push(Buffer.from('\r\n'))
  }
  flush()
  return parts
}
