/**
 * Run in a process of its own: imports what is asked and prints which packages that loaded, as JSON.
 *
 *     node loaded-modules.mjs HOME SPECIFIER
 */
import { createRequire, register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

const [home, specifier] = process.argv.slice(2)

// ES modules, and CommonJS ones that an ES module imports, pass by this hook; it runs in a thread of its own.
const hook = `
  let port
  export const initialize = data => { port = data.port }
  export const load = (url, context, next) => { port.postMessage(url); return next(url, context) }
`
const { port1, port2 } = new MessageChannel()
register(`data:text/javascript,${encodeURIComponent(hook)}`, { data: { port: port2 }, transferList: [port2] })

const from = createRequire(resolve(home, 'program.mjs'))
const resolved = specifier.startsWith('/') ? specifier : await importedFrom(specifier)
await import(resolved.startsWith('/') ? pathToFileURL(resolved) : resolved)

const urls = []
for (let one = receiveMessageOnPort(port1); one; one = receiveMessageOnPort(port1)) urls.push(one.message)
// What CommonJS modules require of each other is only seen here.
const required = Object.keys(from.cache).map(path => pathToFileURL(path).href)
process.stdout.write(JSON.stringify([...new Set([...urls, ...required])]))
process.exit(0)

async function importedFrom(name) {
  // Resolved as by a program of that folder; a CommonJS resolver would miss what is for `import` only.
  const program = `export default import.meta.resolve(${JSON.stringify(name)})`
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
  const folder = mkdtempSync(resolve(home, 'ask-'))
  try {
    writeFileSync(resolve(folder, 'ask.mjs'), program)
    return (await import(pathToFileURL(resolve(folder, 'ask.mjs')))).default
  } finally {
    rmSync(folder, { recursive: true })
  }
}
