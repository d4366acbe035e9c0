/** Metadata, crypto and erasure coding in a real browser: the same bytes as in Node, without anything of Node. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'

import { ensureDebian } from '../support/debian.js'
import { work } from './support/codec-program.js'

const CHROMIUM = '/usr/bin/chromium'
const describeWithBrowser = ensureDebian('chromium', () => existsSync(CHROMIUM)) ? describe : describe.skip

const PROGRAM = fileURLToPath(new URL('./support/codec-program.ts', import.meta.url))

describeWithBrowser('the codecs in a browser', () => {
  let browser: Browser | undefined

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--headless=new', '--disable-gpu', '--disable-background-networking'],
    })
  })

  afterAll(async () => {
    await browser?.close()
  })

  it.each(['simd', 'portable'] as const)('make of the same input what Node makes of it: %s kernel', async kernel => {
    const page = await (browser as Browser).newPage()
    // WebCrypto is for secure places: a page of localhost is one.
    await page.route('http://localhost/**', route => route.fulfill({ contentType: 'text/html', body: '<p>codec' }))
    await page.goto('http://localhost/')
    await page.addScriptTag({ content: await bundle() })
    const there = await page.evaluate(`codec.work('${kernel}')`)

    const here = JSON.parse(await work(kernel))
    expect(JSON.parse(there as string)).toEqual(here)
    expect(here).toMatchObject({ kernel, opened: true, refused: true, again: true, key: true, host: '2001:db8::1' })
    expect(here.verdict).toEqual({ kind: 'wrong', wrong: [2] })
  })
})

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [PROGRAM],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'codec',
    // What only Node loads.
    external: ['node:*', '@napi-rs/blake-hash'],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
