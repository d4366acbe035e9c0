/** ETag and If-None-Match (RFC 9110 §8.8.3, §13.1.2): the tag of a blob is its hash. */
export function etagOf(hash: string): string {
  return `"${hash}"`
}

/** Whether the client has it already. What is not a list of tags matches nothing. */
export function isMatched(ifNoneMatch: string, hash: string): boolean {
  if (ifNoneMatch.trim() === '*') return true
  const tag = etagOf(hash)
  return ifNoneMatch.split(',').some(part => part.trim().replace(/^W\//, '') === tag)
}
