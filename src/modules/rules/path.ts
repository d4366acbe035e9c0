/** Places in a model, as a person would write them: `machines[0].disks[1].size`, `env["A=B"]`. Pure. */
const LONGEST_KEY = 60

export function keyPath(parent: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${parent}[${JSON.stringify(key.slice(0, LONGEST_KEY))}]`
  const shown = key.slice(0, LONGEST_KEY)
  return parent === '' ? shown : `${parent}.${shown}`
}

export function indexPath(parent: string, index: number | string): string {
  return `${parent}[${index}]`
}

/** A path within a part → the path within the whole. */
export function joinPath(parent: string, rest: string): string {
  if (parent === '' || rest === '') return parent + rest
  return rest.startsWith('[') ? parent + rest : `${parent}.${rest}`
}
