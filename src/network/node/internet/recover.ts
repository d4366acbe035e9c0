/**
 * NICs that a killed process has left in the namespace where it probed them are brought back. A namespace that is
 * deleted takes a veth with it and sends hardware to the machine's first namespace, which need not be ours: so the NIC
 * moves first, and a namespace that holds something else is left alone.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import { JsonPlace, readBatch } from '../system/read-ip-json.js'
import { readLinks } from '../system/read-links.js'
import type { CommandRunner } from '../system/runner.js'
import { probeNamespace } from './probe-namespace.js'

/** Names of the NICs that were brought back. Does nothing when nothing is left.
 *
 * @throws {NodeNetworkError} when one cannot be brought back; the others are
 */
export async function recoverProbes({ runner }: { runner: CommandRunner }): Promise<readonly string[]> {
  const left = (await namespacesOf(runner))
    .filter(name => name.startsWith(prefixOf(runner)))
    .map(name => name.slice(prefixOf(runner).length))
    .filter(nic => nic !== '')
  const done = await Promise.allSettled(left.map(nic => recover(runner, nic)))
  const failed = done.find(one => one.status === 'rejected')
  if (failed) throw failed.reason
  return done.flatMap(one => (one.status === 'fulfilled' && one.value ? [one.value] : [])).sort()
}

async function recover(runner: CommandRunner, nic: string): Promise<string | undefined> {
  const namespace = probeNamespace(nic)
  const isGone = async () => !(await namespacesOf(runner)).includes(runner.nameOf(namespace))
  const links = await unlessDone(() => linksOf(runner, namespace), isGone)
  if (links === undefined) return undefined
  const isThere = links.some(({ name }) => name === nic)
  if (isThere) {
    const args = ['link', 'set', 'dev', nic, 'netns', runner.nameOf(ROOT)]
    const hasLeft = async () => (await isGone()) || !(await linksOf(runner, namespace)).some(({ name }) => name === nic)
    await unlessDone(() => runner.run({ namespace, program: 'ip', args }), hasLeft)
  }
  // The kernel makes some links (`sit0`) in every namespace; a real one that we did not bring belongs to somebody.
  const stranger = links.find(({ name, kind }) => name !== nic && (kind === 'device' || kind === 'veth'))
  if (stranger) {
    throw new NodeNetworkError('NODE_NET_CONFLICT', `namespace ${namespace} holds the link ${stranger.name}`, {
      where: `namespace ${namespace}`,
      hint: 'move it where it belongs, or delete the namespace by hand',
    })
  }
  const args = ['netns', 'delete', runner.nameOf(namespace)]
  await unlessDone(() => runner.run({ namespace: ROOT, program: 'ip', args }), isGone)
  return isThere ? nic : undefined
}

/** The process that was killed may have left an `ip` behind that does the same at this moment: what it has done already
 * is no failure, and undefined. */
async function unlessDone<T>(work: () => Promise<T>, isDone: () => Promise<boolean>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (await isDone()) return undefined
    throw error
  }
}

async function namespacesOf(runner: CommandRunner): Promise<readonly string[]> {
  const { stdout } = await runner.run({ namespace: ROOT, program: 'ip', args: ['-j', 'netns', 'list'] })
  // Without any namespace nothing is printed at all.
  const [list = []] = stdout.trim() === '' ? [] : readBatch('ip netns list', stdout, 1)
  const place = new JsonPlace('ip netns list', 'namespaces')
  return place.objects(list).map(one => one.place.text(one.object, 'name'))
}

function prefixOf(runner: CommandRunner): string {
  return runner.nameOf(probeNamespace(''))
}

async function linksOf(runner: CommandRunner, namespace: string) {
  const { stdout } = await runner.run({ namespace, program: 'ip', args: ['-j', '-d', 'link', 'show'] })
  const [document] = readBatch('ip link show', stdout, 1)
  return readLinks('ip link show', document).map(({ link }) => link)
}
