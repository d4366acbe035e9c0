import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { checkRequirements, labRequirements } from './requirements.js'
import { findProgram, toolPath } from './tool-path.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-requirements-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what a lab needs', () => {
  it('is named with the packages that bring it, where there is nothing', async () => {
    const requirements = await labRequirements({ path: folder })
    expect(requirements.rights).toBeUndefined()
    expect(requirements.missing.map(one => one.package)).toContain('dnsmasq-base')
    expect(requirements.wanting.map(one => one.program)).toContain('wireguard-go')
    expect(() => checkRequirements(requirements)).toThrow(
      expect.objectContaining({
        code: 'NODE_NET_LAB',
        message: expect.stringContaining('nsenter'),
        hint: 'on Debian: apt-get install dnsmasq-base hostname iproute2 mount nftables procps util-linux',
      }),
    )
  })

  it('is less when some of it is there', async () => {
    symlinkSync(process.execPath, join(folder, 'nft'))
    const { missing } = await labRequirements({ path: folder })
    expect(missing.map(one => one.program)).not.toContain('nft')
    expect(missing.map(one => one.program)).toContain('ip')
  })

  it('are rights, too', () => {
    expect(() => checkRequirements({ missing: [], wanting: [], tun: false })).toThrow(
      expect.objectContaining({ code: 'NODE_NET_LAB', hint: expect.stringContaining('root') }),
    )
    expect(() => checkRequirements({ rights: 'user-namespace', missing: [], wanting: [], tun: false })).not.toThrow()
  })
})

describe('programs', () => {
  it("are looked for on the path, and then in the system's folders", () => {
    expect(toolPath('/opt/bin:/usr/sbin')).toBe('/opt/bin:/usr/sbin:/usr/local/sbin:/sbin:/usr/local/bin:/usr/bin:/bin')
    expect(findProgram('no-such-program')).toBeUndefined()
  })
})
