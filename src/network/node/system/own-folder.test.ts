import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { ownFolder } from './own-folder.js'

const itAsRoot = process.geteuid?.() === 0 ? it : it.skip
const NOBODY = 65_534

describe('a folder of our own', () => {
  let parent: string
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), 'hyphae-own-'))
  })
  afterAll(() => rmSync(parent, { recursive: true }))

  it('is made for us alone, and taken again', () => {
    const folder = join(parent, 'a', 'b')
    ownFolder(folder)
    ownFolder(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('is none where others can put something into it: it would be run as us', () => {
    const folder = join(parent, 'open')
    ownFolder(folder)
    chmodSync(folder, 0o777)
    expect(() => ownFolder(folder)).toThrow(expect.objectContaining({ code: 'NODE_NET_PERMISSION', where: folder }))
    // Nothing is taken away from others: it may be /tmp.
    expect(statSync(folder).mode & 0o777).toBe(0o777)
  })

  itAsRoot("is none where it is somebody else's, or behind a link of somebody else's", () => {
    const [theirs, link] = [join(parent, 'theirs'), join(parent, 'link')]
    ownFolder(theirs)
    chownSync(theirs, NOBODY, NOBODY)
    symlinkSync(theirs, link)
    const refusal = expect.objectContaining({ code: 'NODE_NET_PERMISSION' })
    expect(() => ownFolder(theirs)).toThrow(refusal)
    expect(() => ownFolder(link)).toThrow(refusal)
  })
})
