/** How much disk a machine's root takes. Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine.go. */
const MIB = 1024n ** 2n
const GIB = 1024n ** 3n
const UINT64 = 64

/** The smallest root a node accepts, and what it makes when 0 is asked for.
 *
 * @param memory bytes
 * @example minimalRootSize(1, 4n * 1024n ** 3n) // 500 MiB
 */
export function minimalRootSize(cpu: number, memory: bigint): bigint {
  const units = BigInt.asUintN(UINT64, BigInt(cpu) * memory) / (8n * GIB)
  return units === 0n ? 500n * MIB : 2n * GIB
}

/** What a machine of this size gets: never less than the minimum. */
export function rootSize(machine: { size: bigint; compute_capacity: { cpu: number; memory: bigint } }): bigint {
  const { cpu, memory } = machine.compute_capacity
  const minimum = minimalRootSize(cpu, memory)
  if (machine.size > minimum) return machine.size
  return minimum
}
