/** VLANs on a real node: only where the kernel's bridges filter them. What is planned is tested everywhere (src/network/node/plan). */
import { rm } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { checkConfig } from '../../src/network/node/config/check-config.js'
import { type LabNode, openLabNode } from '../../src/network/node/lab/lab-node.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { probeCapabilities } from '../../src/network/node/system/capabilities.js'
import { linuxRunner } from '../../src/network/node/system/linux-runner.js'
import { canBuildWholeLabs } from '../support/node-lab.js'

const PRIVATE = 101
const PUBLIC = 304

const whyNot = await reason()
if (whyNot !== undefined) process.stderr.write(`skipped: VLANs on a real node, ${whyNot}\n`)
const describeWithVlans = whyNot === undefined ? describe : describe.skip

async function reason(): Promise<string | undefined> {
  if (!canBuildWholeLabs()) return 'no labs here'
  const { works, reason } = (await probeCapabilities(linuxRunner())).vlanFiltering
  return works ? undefined : `the bridges of this kernel do not filter them: ${reason}`
}

describeWithVlans('a node whose segments have tags', () => {
  let lab: Lab
  let node: LabNode

  beforeAll(async () => {
    lab = await startLab(findScenario('nat4-only'))
    const config = { node: 'vlans', nics: ['eth0'], uplink: { nic: 'eth0', vlan: PRIVATE }, exit: { vlan: PUBLIC } }
    node = await openLabNode(lab.machine('node1'), checkConfig({ ...config, duplicateAddressDetection: false }))
  })
  afterAll(async () => {
    await node?.close()
    await lab?.stop()
    if (lab !== undefined) await rm(lab.folder, { recursive: true, force: true })
  })

  it('tags what it sends, and then nothing is left to do', async () => {
    // The lab's switch knows no tags, so no lease comes: what is set up is what is looked at.
    await expect(node.network.apply({ readyMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE' })
    expect((await node.network.plan()).operations).toEqual([])
    const { stdout } = await lab.machine('node1').run('bridge', '-j', 'vlan', 'show')
    const vlans = new Map(
      (JSON.parse(stdout) as { ifname: string; vlans: { vlan: number }[] }[]).map(one => [
        one.ifname,
        one.vlans.map(({ vlan }) => vlan),
      ]),
    )
    expect(vlans.get('zos')).toEqual([PRIVATE])
    expect(vlans.get('eth0')).toEqual([PRIVATE, PUBLIC])
    expect(vlans.get('tozos')).toEqual([PUBLIC])
  })
})
