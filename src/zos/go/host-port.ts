/** `host:port` as Go's `net.SplitHostPort` takes it apart. */
export type HostPort =
  | { readonly ok: true; readonly host: string; readonly port: string }
  | { readonly ok: false; readonly message: string }

/** @example splitHostPort('[::1]:80') // { ok: true, host: '::1', port: '80' } */
export function splitHostPort(text: string): HostPort {
  const refuse = (why: string): HostPort => ({
    ok: false,
    message: text === '' ? why : `address ${text}: ${why}`,
  })
  const colon = text.lastIndexOf(':')
  if (colon < 0) return refuse('missing port in address')

  let host = text.slice(0, colon)
  let afterOpen = 0
  let afterClose = 0
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    if (end < 0) return refuse(`missing ']' in address`)
    if (end + 1 !== colon) {
      return refuse(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address')
    }
    host = text.slice(1, end)
    afterOpen = 1
    afterClose = end + 1
  } else if (host.includes(':')) {
    return refuse('too many colons in address')
  }
  if (text.includes('[', afterOpen)) return refuse(`unexpected '[' in address`)
  if (text.includes(']', afterClose)) return refuse(`unexpected ']' in address`)
  return { ok: true, host, port: text.slice(colon + 1) }
}
