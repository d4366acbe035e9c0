/** A local grid's folder belongs to one process at a time. */
import { lockFolder as lock } from '../../core/folder-lock.js'
import { LocalGridError } from '../../errors/localgrid.js'

/** Returns the way to let go.
 *
 * @throws {LocalGridError} LOCALGRID_DATA when a living process holds the folder
 */
export function lockFolder(dir: string): () => void {
  return lock(dir, pid => {
    if (pid === undefined) {
      return new LocalGridError('LOCALGRID_DATA', 'the data folder is being taken by several processes at once', {
        where: dir,
        hint: 'start one local grid after the other',
      })
    }
    const who = pid === process.pid ? 'this process' : `process ${pid}`
    return new LocalGridError('LOCALGRID_DATA', `the data folder is in use by ${who}`, {
      where: dir,
      hint: 'close that local grid first, or use another folder',
      details: { pid },
    })
  })
}
