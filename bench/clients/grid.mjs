/** A local grid that tells its parent its URLs, then how much memory it takes whenever it is asked. */
import { startLocalGrid } from '../../dist/localgrid/index.js'

const grid = await startLocalGrid(JSON.parse(process.argv[2] ?? '{}'))
const { substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL, mnemonic, nodes } = grid
const urls = { substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL }
process.send({ urls, mnemonic, nodes, rssBytes: process.memoryUsage().rss })

process.on('message', request => {
  if (request === 'memory') {
    process.send({ rssBytes: process.memoryUsage().rss, peakBytes: process.resourceUsage().maxRSS * 1024 })
  } else {
    grid.close().then(() => process.exit(0))
  }
})
