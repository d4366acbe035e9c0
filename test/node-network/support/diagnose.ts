/** Everything about a node that a person would ask for when a test on it has failed. */
import { describeOperation } from '../../../src/network/node/plan/describe-operation.js'
import type { NodeRig } from './node-rig.js'

export async function diagnose({ lab, network, node, machine }: NodeRig): Promise<string> {
  const show = async (namespace: string, program: string, ...args: string[]) => {
    const { stdout, stderr } = await machine.runner.run({ namespace, program, args, mayFail: true })
    return `${stdout}${stderr}`
  }
  const part = async (title: string, ask: () => Promise<string>) => {
    const text = await ask().catch(error => String(error))
    return `--- ${title}\n${text.trimEnd()}`
  }
  const namespaces = (await show('root', 'ip', '-o', 'netns', 'list')).match(/^\S+/gm) ?? []
  const parts = [
    part('the plan', async () => (await network.plan()).operations.map(describeOperation).join('\n')),
    part('the status', async () => {
      const { layout, nics, readiness, services } = await network.status()
      return JSON.stringify({ layout, nics, readiness, services }, undefined, 2)
    }),
    part("the router's log", async () => lab.router.log().split('\n').slice(-20).join('\n')),
    ...(await node.services.list()).map(({ name }) =>
      part(`the log of ${name}`, async () => (await node.services.log(name)).slice(-10).join('\n')),
    ),
    ...['root', ...namespaces].flatMap(namespace => [
      part(`links and addresses of ${namespace}`, () => show(namespace, 'ip', '-br', 'address')),
      part(`routes of ${namespace}`, async () => {
        return (await show(namespace, 'ip', 'route')) + (await show(namespace, 'ip', '-6', 'route'))
      }),
    ]),
    ...namespaces.map(namespace => part(`rules of ${namespace}`, () => show(namespace, 'nft', 'list', 'ruleset'))),
  ]
  return (await Promise.all(parts)).join('\n')
}
