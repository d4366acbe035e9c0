/** Requires the peer in a fresh process. Prints how long that took and the memory the process then has. */
const { createRequire } = require('node:module')
const { join } = require('node:path')

const peerRequire = createRequire(join(__dirname, '../../test/conformance/peer.cjs'))
const startedAt = performance.now()
peerRequire('@threefold/grid_client')
const elapsedMs = performance.now() - startedAt
process.stdout.write(`${JSON.stringify({ elapsedMs, rssBytes: process.memoryUsage().rss })}\n`)
process.exit(0)
