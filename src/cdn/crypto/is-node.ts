/** True where Node's own modules can be loaded. */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: unknown } } }
  return typeof process?.versions?.node === 'string'
}
