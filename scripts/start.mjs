/** `npm start`: from a fresh checkout to a documented machine on a local grid. Another program may be named. */
import { build, install, run, tools } from './steps.mjs'

const [program = 'docs/examples/newMY.ts', ...rest] = process.argv.slice(2)

// Ctrl-C reaches the program too; its exit code is ours.
process.on('SIGINT', () => {})
await install()
await build()
process.exitCode = await run(process.execPath, [tools.hyphae, 'run', program, ...rest], { show: true })
