/**
 * Which router it is that a lease names: by its hardware address, which tells two cables into one segment from two segments
 * with the same numbers. Source of `use`: linux include/uapi/linux/neighbour.h, NTF_USE: the kernel asks as if it had
 * something to send.
 */
import { systemClock } from '../../../core/clock.js'
import { ipWord, linkWord } from '../system/batch-word.js'
import { JsonPlace, readBatch } from '../system/read-ip-json.js'
import type { CommandRunner } from '../system/runner.js'

export interface RouterQuestion {
  readonly namespace: string
  readonly link: string
  /** IPv4. */
  readonly router: string
  /** The lease's own address with prefix length, where the link does not have it: nobody is asked without one. */
  readonly address?: string
}

/** A router of the segment answers in less than a millisecond. */
const MOST_LOOKS = 10
const PAUSE_MS = 20

const WHAT = 'ip neighbour'

/** Undefined when nobody answers. @throws {NodeNetworkError} NODE_NET_OBSERVE, NODE_NET_NAME when it is asked for no address */
export async function askRouterMac(runner: CommandRunner, question: RouterQuestion): Promise<string | undefined> {
  const { namespace, address } = question
  // What a DHCP server has said.
  const router = ipWord(question.router)
  const link = linkWord(question.link)
  const batch = async (args: readonly string[], ...lines: readonly string[]) => {
    const input = `${lines.join('\n')}\n`
    const command = { namespace, program: 'ip', args: [...args, '-batch', '-'], input, mayFail: true }
    const { code, stdout } = await runner.run(command)
    return code === 0 ? stdout : undefined
  }
  const asked = await batch(
    [],
    ...(address === undefined ? [] : [`address replace ${ipWord(address)} dev ${link}`]),
    `neighbour replace ${router} dev ${link} use`,
  )
  if (asked === undefined) return undefined
  for (let look = 1; look <= MOST_LOOKS; look++) {
    const printed = await batch(['-j'], `neighbour show ${router} dev ${link}`)
    if (printed === undefined) return undefined
    const [found] = new JsonPlace(WHAT, 'neighbours').objects(readBatch(WHAT, printed, 1)[0])
    const mac = found?.place.optionalText(found.object, 'lladdr')
    if (mac !== undefined) return mac
    await systemClock.sleep(PAUSE_MS)
  }
  return undefined
}
