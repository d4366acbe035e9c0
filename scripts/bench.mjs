/**
 * `npm run bench`: installs what is missing, builds, then measures Hyphae and the unmodified peer client side by side.
 * Arguments go to bench/main.mjs: `npm run bench -- --only signing,loading --json results.json`.
 */
import { join } from 'node:path'

import { build, install, root, run } from './steps.mjs'

await install()
await install(join(root, 'test', 'conformance'), 'installing the peer client, once')
await build()
process.exitCode = await run(process.execPath, [join(root, 'bench', 'main.mjs'), ...process.argv.slice(2)], {
  show: true,
})
