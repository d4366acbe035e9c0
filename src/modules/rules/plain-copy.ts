/**
 * Whatever a caller gives → plain data nobody can change under our hands, and nothing of the caller's is run.
 *
 * Getters, prototypes and proxies have no place in a description: a value that differs from one reading to the next
 * would be validated as one thing and deployed as another.
 */
import type { Report } from './field.js'
import { indexPath, keyPath } from './path.js'

const MAX_DEPTH = 12
const MAX_VALUES = 500_000

/** A copy of own, enumerable data. What cannot be copied is reported and left out. */
export function plainCopy(input: unknown, report: Report): unknown {
  return copy(input, '', 0, { report, left: MAX_VALUES })
}

interface Budget {
  readonly report: Report
  left: number
}

function copy(value: unknown, path: string, depth: number, budget: Budget): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') {
    return refuse(budget, path, 'plainData', `is a ${typeof value}; a model is made of plain data`)
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return refuse(budget, path, 'depth', 'is nested too deeply, or contains itself')
  if (--budget.left < 0) {
    return budget.left === -1
      ? refuse(budget, path, 'size', `is part of a model with more than ${MAX_VALUES} values`)
      : undefined
  }
  try {
    if (Array.isArray(value)) return copyList(value, path, depth, budget)
    if (Object.prototype.toString.call(value) === '[object Object]') return copyObject(value, path, depth, budget)
  } catch {
    return refuse(budget, path, 'plainData', 'cannot be read; a model is made of plain data')
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  return refuse(budget, path, 'plainData', `is a ${kind}; a model is made of plain data`)
}

function copyList(list: readonly unknown[], path: string, depth: number, budget: Budget): unknown {
  if (list.length > budget.left) return refuse(budget, path, 'size', `has ${list.length} elements, which is too many`)
  const out: unknown[] = []
  for (let i = 0; i < list.length; i++) out.push(copyProperty(list, String(i), indexPath(path, i), depth, budget))
  return out
}

function copyObject(value: object, path: string, depth: number, budget: Budget): unknown {
  const out: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const at = keyPath(path, key)
    if (key in Object.prototype) {
      refuse(budget, at, 'forbiddenKey', 'is a name that objects of JavaScript use themselves')
      continue
    }
    const copied = copyProperty(value, key, at, depth, budget)
    if (copied !== undefined) out[key] = copied
  }
  return out
}

function copyProperty(owner: object, key: string, path: string, depth: number, budget: Budget): unknown {
  const property = Object.getOwnPropertyDescriptor(owner, key)
  if (property === undefined) return undefined
  if ('value' in property) return copy(property.value, path, depth + 1, budget)
  return refuse(budget, path, 'plainData', 'is computed by a getter; give the value itself')
}

function refuse(budget: Budget, path: string, rule: string, message: string): undefined {
  budget.report({ path: path === '' ? 'model' : path, rule, message })
}
