/** A 0-DB in a process of its own, to be killed. Arguments: the folder, and when writes reach the disk. */
import { startZdb } from '../../src/cdn/zdb/index.js'

const [dataDir = '', sync = '1000'] = process.argv.slice(2)

void startZdb({
  listen: '127.0.0.1:0',
  dataDir,
  fileBytes: 4 * 1024 * 1024,
  sync: sync === 'always' ? sync : Number(sync),
}).then(({ port }) => process.stdout.write(`${port}\n`))
