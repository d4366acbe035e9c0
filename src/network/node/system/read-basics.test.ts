import { describe, expect, it } from '@jest/globals'

import { NodeNetworkError } from '../../../errors/node-network.js'
import { readNamespaces } from './read-basics.js'
import type { Command, CommandRunner } from './runner.js'

const NAMES = Array.from({ length: 20 }, (_, i) => `n-${i}`)
const LOOK_FILE = '/run/hyphae/look.batch'
const link = (name: string) => ({
  ifindex: 1,
  ifname: `l-${name}`,
  flags: ['UP'],
  mtu: 1500,
  link_type: 'ether',
  addr_info: [],
})
const documents = (name: string) => `${JSON.stringify([link(name)])}\n[]\n[]\n`

/** @param together what a batch of the root namespace prints for these namespaces */
function fakeRunner(
  together: (names: readonly string[]) => { code: number; stdout: string },
  gone: readonly string[] = [],
) {
  const commands: Command[] = []
  const runner: CommandRunner = {
    started: 0,
    nameOf: name => name,
    argvOf: (_, command) => command,
    async run(command) {
      commands.push(command)
      const names = [...(command.input ?? '').matchAll(/^netns exec (\S+) /gm)].map(([, name]) => name as string)
      if (names.length > 0) return { ...together(names), stderr: '' }
      if (gone.includes(command.namespace)) {
        throw new NodeNetworkError('NODE_NET_COMMAND', `Cannot open network namespace "${command.namespace}"`)
      }
      return { code: 0, stdout: documents(command.namespace), stderr: '' }
    },
  }
  return { runner, commands }
}

const asked = new Map(NAMES.map((name, id) => [name, id] as const))
const namesOf = (read: readonly { readonly links: readonly { readonly link: { readonly name: string } }[] }[]) =>
  read.map(({ links }) => links[0]?.link.name)

describe('many namespaces', () => {
  it('are read by few processes, each with what belongs to it', async () => {
    const { runner, commands } = fakeRunner(names => ({ code: 0, stdout: names.map(documents).join('') }))
    const read = await readNamespaces(runner, asked, LOOK_FILE)
    expect(namesOf(read)).toEqual(NAMES.map(name => `l-${name}`))
    expect(commands).toHaveLength(2)
    expect(commands[0]?.input).toContain(`netns exec n-0 ip -j -d -batch ${LOOK_FILE}\n`)
  })

  it.each([
    ['one of them fails', { code: 1, stdout: documents('n-0') }],
    ['one of them prints less than it must', { code: 0, stdout: documents('n-0') }],
  ])('are read one by one when %s, and without the one that is gone', async (_, printed) => {
    const { runner } = fakeRunner(() => printed, ['n-3'])
    const read = await readNamespaces(runner, asked, LOOK_FILE)
    expect(namesOf(read)).toEqual(NAMES.filter(name => name !== 'n-3').map(name => `l-${name}`))
  })

  it.each([
    ['there is no file to read from', undefined],
    ['its path has what a batch line cannot hold', '/run/my state/look.batch'],
  ])('are read one by one when %s', async (_, lookFile) => {
    const { runner, commands } = fakeRunner(() => ({ code: 1, stdout: '' }))
    expect(await readNamespaces(runner, asked, lookFile)).toHaveLength(NAMES.length)
    expect(commands.every(({ namespace }) => namespace !== 'root')).toBe(true)
  })
})
