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

/** Names of the NICs that were brought back. Does nothing when nothing is left. Whoever calls it must be the only one who
 * probes: it would take the NICs of a living one too.
 *
 * @throws {NodeNetworkError} when one cannot be brought back; the others are
 */
export async function recoverProbes({ runner }: { runner: CommandRunner }): Promise<readonly string[]> {
  const { stdout } = await runner.run({ namespace: ROOT, program: 'ip', args: ['-j', 'netns', 'list'] })
  const prefix = runner.nameOf(probeNamespace(''))
  // Without any namespace nothing is printed at all.
  const [list = []] = stdout.trim() === '' ? [] : readBatch('ip netns list', stdout, 1)
  const left = new JsonPlace('ip netns list', 'namespaces')
    .objects(list)
    .map(({ object, place }) => place.text(object, 'name'))
    .filter(name => name.startsWith(prefix))
    .map(name => name.slice(prefix.length))
    .filter(nic => nic !== '')
  const done = await Promise.allSettled(left.map(nic => recover(runner, nic)))
  const failed = done.find(one => one.status === 'rejected')
  if (failed) throw failed.reason
  return done.flatMap(one => (one.status === 'fulfilled' && one.value ? [one.value] : [])).sort()
}

async function recover(runner: CommandRunner, nic: string): Promise<string | undefined> {
  const namespace = probeNamespace(nic)
  const { stdout } = await runner.run({ namespace, program: 'ip', args: ['-j', '-d', 'link', 'show'] })
  const [document] = readBatch('ip link show', stdout, 1)
  const links = readLinks('ip link show', document).map(({ link }) => link)
  const isThere = links.some(({ name }) => name === nic)
  if (isThere) {
    const args = ['link', 'set', 'dev', nic, 'netns', runner.nameOf(ROOT)]
    await runner.run({ namespace, program: 'ip', args })
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
  await runner.run({ namespace: ROOT, program: 'ip', args })
  return isThere ? nic : undefined
}
