/** Loaded first, it makes a process one in which the optional native hasher is not installed, its threads too. */
import { register } from 'node:module'

const hooks = `export async function resolve(specifier, context, next) {
  if (specifier === '@napi-rs/blake-hash') throw new Error('not installed')
  return next(specifier, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
