/** Imports the package in a fresh process. Prints how long that took and the memory the process then has. */
const startedAt = performance.now()
await import('hyphae')
const elapsedMs = performance.now() - startedAt
process.stdout.write(`${JSON.stringify({ elapsedMs, rssBytes: process.memoryUsage().rss })}\n`)
