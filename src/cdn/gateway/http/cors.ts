/** Content is for pages of every origin: it is fetched with the key and never with anyone's cookies. */
export const READ_BY_ANYONE: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Retry-After',
  'cross-origin-resource-policy': 'cross-origin',
}

export const PREFLIGHT: Readonly<Record<string, string>> = {
  ...READ_BY_ANYONE,
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': 'Range, If-Range, If-None-Match, If-Match',
  'access-control-max-age': '86400',
}
