/** An address as errors and messages may show it: without a user, and without a query, which may carry a key. */
export function shownUrl(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
