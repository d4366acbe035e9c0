/**
 * `npm test`: installs what tests need, checks style and types, builds, runs all tests. Arguments go to jest, and with
 * some the style and type checks are left out: `npm test -- src/zos`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { build, install, root, run, step, tools } from './steps.mjs'

const args = process.argv.slice(2)
const node = process.execPath

await install()
// The peer client that conformance tests run, unmodified, with dependencies of its own.
const conformance = join(root, 'test', 'conformance')
if (existsSync(join(conformance, 'package-lock.json'))) await install(conformance, 'installing the peer client, once')

if (args.length === 0) {
  await step('style', () => run(node, [tools.biome, 'check', '.']))
  await step('types', () => run(node, [tools.tsc, '--noEmit']))
}
await build()
process.exitCode = await run(node, ['--experimental-vm-modules', '--no-warnings', tools.jest, ...args], { show: true })
