/** Importing the package is cheap: what is heavy is loaded when a grid is used, and only what is used. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { beforeAll, describe, expect, it } from '@jest/globals'

import { type InstalledPackage, installedPackage } from '../support/installed-package.js'
import { packageOf } from './rooms.js'

const HEAVY = [
  /^@polkadot\//,
  /^@hono\//,
  /^(axios|ajv|class-validator|class-transformer|reflect-metadata|ws|graphql|hono|jiti)$/,
]

describe('loading', () => {
  let installed: InstalledPackage
  beforeAll(() => {
    installed = installedPackage()
  }, 60_000)

  it.each(['hyphae', 'hyphae/localgrid'])('%s takes nothing heavy along', async specifier => {
    const loaded = await loadedBy(installed, specifier)
    expect(loaded.own.length).toBeGreaterThan(5)
    expect(loaded.packages.filter(name => HEAVY.some(heavy => heavy.test(name)))).toEqual([])
  })

  it('hyphae takes little along', async () => {
    const { own } = await loadedBy(installed, 'hyphae')
    expect(own.filter(file => /^(chain\/polkadot|rmb|localgrid|cli\/|connect)/.test(file))).toEqual([])
  })

  it('is really watched: what is heavy would be seen', async () => {
    const { packages } = await loadedBy(installed, 'axios')
    expect(packages).toContain('axios')
    const { packages: withInner } = await loadedBy(installed, 'ajv')
    expect(withInner).toEqual(expect.arrayContaining(['ajv', 'fast-deep-equal']))
  })
})

async function loadedBy(installed: InstalledPackage, specifier: string) {
  const script = fileURLToPath(new URL('./loaded-modules.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, installed.home, specifier], {
    env: { PATH: process.env.PATH },
    timeout: 20_000,
  })
  const files = (JSON.parse(stdout) as string[]).filter(url => url.startsWith('file:')).map(url => fileURLToPath(url))
  const packages = files.flatMap(file => {
    const inside = file.split('/node_modules/').slice(1).at(-1)
    return inside === undefined ? [] : [packageOf(inside)]
  })
  const own = files
    .filter(file => file.startsWith(`${installed.dist}/`))
    .map(file => file.slice(installed.dist.length + 1))
  return { packages: [...new Set(packages)], own }
}
