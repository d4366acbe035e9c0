/** `npm run build`: what is missing is installed, then src is compiled to dist. */
import { build, install } from './steps.mjs'

await install()
await build()
