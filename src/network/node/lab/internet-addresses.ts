/**
 * Addresses of the lab's Internet. All are from ranges that are kept for documentation (RFC 5737, RFC 3849), so none
 * is anybody's; nodes tell private, CGNAT and ULA addresses from all others, and so count these as public.
 */
export const INTERNET = {
  segment: 'internet',
  ipv4: '198.51.100.1',
  ipv6: '2001:db8:ffff::1',
  routerIpv4: '198.51.100.2',
  routerIpv6: '2001:db8:ffff::2',
  prefixLength4: 24,
  prefixLength6: 64,
} as const
