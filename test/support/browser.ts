/** A real browser: Debian's chromium, driven by playwright-core. */
import { existsSync } from 'node:fs'

import type { Browser } from 'playwright-core'

import { ensureDebian } from './debian.js'

const PROGRAM = '/usr/bin/chromium'

/** False, with the reason printed, where there is none and none can be installed. */
export function hasBrowser(): boolean {
  return ensureDebian('chromium', () => existsSync(PROGRAM))
}

/** A browser with a profile of its own, forgotten when it is closed. */
export async function startBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  return await chromium.launch({
    executablePath: PROGRAM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
    ],
  })
}
