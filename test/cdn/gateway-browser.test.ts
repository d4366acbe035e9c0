/** What people see: the gateway in a real browser. */
import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { SavedObject } from '../../src/cdn/object/saved-object.js'
import { toHex } from '../../src/core/hex.js'
import { hasBrowser, startBrowser } from '../support/browser.js'
import { type GatewayRig, gatewayRig } from '../support/gateway-rig.js'
import { webm } from '../support/webm.js'

const describeInBrowser = hasBrowser() ? describe : describe.skip

describeInBrowser('in a browser', () => {
  let rig: GatewayRig
  let browser: Browser
  let context: BrowserContext
  beforeAll(async () => {
    rig = await gatewayRig()
    browser = await startBrowser()
    context = await browser.newContext()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await rig?.close()
  })

  const urlOf = (saved: SavedObject, path = '/') =>
    `http://${rig.hostOf(saved)}:${rig.gateway.port}${path}?key=${toHex(saved.key)}`

  /** A page, and everything that went wrong on it. */
  async function open(url: string): Promise<{ page: Page; troubles: string[] }> {
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('pageerror', error => troubles.push(error.message))
    page.on('dialog', dialog => {
      troubles.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('response', reply => {
      if (reply.status() >= 400 && !reply.url().endsWith('/favicon.ico'))
        troubles.push(`${reply.status()} ${reply.url()}`)
    })
    await page.goto(url)
    return { page, troubles }
  }

  const site = {
    'index.html': `<!DOCTYPE html><link rel="stylesheet" href="assets/style.css"><h1>home</h1>
      <a id="guide" href="guide/first steps/">guide</a><script type="module" src="assets/main.js"></script>`,
    'assets/style.css': `h1{color:rgb(1, 2, 3);background:url(img/dot.svg)}`,
    'assets/img/dot.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    'assets/main.js': `import { word } from './lib/word.js'
      const data = await (await fetch('data/größe.json')).json()
      document.body.dataset.word = word + data.n`,
    'assets/lib/word.js': `export const word = 'loaded'`,
    'data/größe.json': '{"n":7}',
    'guide/first steps/index.html': `<!DOCTYPE html><link rel="stylesheet" href="../../assets/style.css"><h1>guide</h1>
      <a id="up" href="../../">home</a><img id="dot" src="/assets/img/dot.svg">`,
  }

  it('a site of nested directories opens, by host', async () => {
    const saved = await rig.save(site)
    const { page, troubles } = await open(urlOf(saved))
    await page.waitForFunction(() => document.body.dataset.word === 'loaded7')
    const color = () => page.evaluate(() => getComputedStyle(document.querySelector('h1') as Element).color)
    expect(await color()).toBe('rgb(1, 2, 3)')
    await page.click('#guide')
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'guide')
    expect(await color()).toBe('rgb(1, 2, 3)')
    expect(await page.evaluate(() => (document.querySelector('#dot') as HTMLImageElement).naturalWidth)).toBe(9)
    await page.click('#up')
    await page.waitForFunction(() => document.body.dataset.word === 'loaded7')
    // Back and again: from the browser's own cache or not, it has the key.
    await page.goBack()
    await page.reload()
    expect(await color()).toBe('rgb(1, 2, 3)')
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(troubles).toEqual([])
    await page.close()
  })

  it('a site of nested directories opens, by path, in an origin of its own', async () => {
    const saved = await rig.save(site)
    const { page, troubles } = await open(`${rig.gateway.url}/${toHex(saved.encryptedHash)}?key=${toHex(saved.key)}`)
    await page.waitForFunction(() => document.body.dataset.word === 'loaded7')
    await page.click('#guide')
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'guide')
    expect(await page.evaluate(() => self.origin)).toBe('null')
    expect(troubles.filter(one => !one.includes('/assets/img/dot.svg'))).toEqual([])
    await page.close()
  })

  it('names with HTML in them do no harm', async () => {
    const names = [
      '<img src=x onerror=alert(1)>.txt',
      '"><script>alert(2)<∕script>.txt',
      "'onmouseover=alert(3) x='.txt",
      'javascript:alert(4).txt',
      '&lt;b&gt;.txt',
      'a?b#c%20d.txt',
    ]
    const saved = await rig.save(Object.fromEntries(names.map((name, i) => [`dir/${name}`, `content ${i}`])))
    const { page, troubles } = await open(urlOf(saved, '/dir/'))
    const shown = await page.$$eval('td a bdi', all => all.map(one => one.textContent))
    expect([...shown].sort()).toEqual([...names].sort())
    expect(await page.$$eval('script, img, b', all => all.length)).toBe(0)
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('table') as Element).borderCollapse)).toBe(
      'collapse',
    )
    for (const [i, name] of names.entries()) {
      const index = shown.indexOf(name)
      await page
        .locator('td a')
        .nth(index + 1)
        .click()
      await page.waitForFunction(text => document.body.textContent === text, `content ${i}`)
      await page.goBack()
    }
    await page.goto(urlOf(saved))
    await page.click('text=dir/')
    await page.waitForSelector('text=../')
    expect(troubles).toEqual([])
    await page.close()
  })

  it('a video seeks, and only what is watched is fetched', async () => {
    const blank = await rig.save({ 'index.html': '<!DOCTYPE html><title>blank</title>', 'x/y.txt': '' })
    const { page } = await open(urlOf(blank))
    const [width, height, seconds] = [64, 48, 100]
    const frames = await page.evaluate(encodeFrames, { width, height, seconds })
    const video = webm(
      { width, height, durationMs: seconds * 1000 },
      frames.map((base64, i) => ({
        timeMs: i * 1000,
        data: Buffer.from(base64, 'base64'),
        padding: randomBytes(400 * 1024),
      })),
    )
    const saved = await rig.save({
      'index.html': '<!DOCTYPE html><video src="films/film.webm" preload="metadata" muted></video>',
      'films/film.webm': video,
    })
    const ranges: string[] = []
    page.on('response', reply => {
      if (reply.url().includes('film.webm')) ranges.push(`${reply.status()} ${reply.headers()['content-range']}`)
    })
    const before = sentBytes((await rig.get('/metrics')).text)
    await page.goto(urlOf(saved))
    for (const second of [90, 12, 55]) {
      const bright = (await page.evaluate(seek, { second, width, height })) as number
      // The codec's own scale goes from 16 to 235.
      expect(Math.round(((bright * 219) / 255 + 16) / 2)).toBe(second)
    }
    const sent = sentBytes((await rig.get('/metrics')).text) - before
    expect(ranges.length).toBeGreaterThan(1)
    expect(ranges.every(range => range.startsWith('206 bytes '))).toBe(true)
    expect(sent).toBeLessThan(video.length * 0.8)
    await page.close()
  }, 60_000)
})

function sentBytes(metrics: string): number {
  return Number(/^hyphae_gateway_sent_bytes_total (\d+)$/m.exec(metrics)?.[1])
}

/** In the page: one key frame for each second, as bright as twice its number. */
async function encodeFrames({ width, height, seconds }: { width: number; height: number; seconds: number }) {
  const frames: string[] = []
  const encoder = new VideoEncoder({
    output: chunk => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      frames.push(btoa(String.fromCharCode(...bytes)))
    },
    error: error => {
      throw error
    },
  })
  encoder.configure({ codec: 'vp8', width, height, bitrate: 1_000_000 })
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
  for (let i = 0; i < seconds; i++) {
    context.fillStyle = `rgb(${i * 2}, ${i * 2}, ${i * 2})`
    context.fillRect(0, 0, width, height)
    const frame = new VideoFrame(canvas, { timestamp: i * 1_000_000 })
    encoder.encode(frame, { keyFrame: true })
    frame.close()
  }
  await encoder.flush()
  return frames
}

/** In the page: how bright the picture is at that second. */
async function seek({ second, width, height }: { second: number; width: number; height: number }) {
  const video = document.querySelector('video') as HTMLVideoElement
  if (video.readyState < 1)
    await new Promise(resolve => video.addEventListener('loadedmetadata', resolve, { once: true }))
  const seeked = new Promise(resolve => video.addEventListener('seeked', resolve, { once: true }))
  video.currentTime = second + 0.5
  await seeked
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.drawImage(video, 0, 0, width, height)
  return context.getImageData(width / 2, height / 2, 1, 1).data[0]
}
