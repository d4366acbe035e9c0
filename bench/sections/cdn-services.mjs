/** Registry and gateway under load; bench/cdn-registry.mjs and bench/cdn-gateway.mjs measure, and can be run alone too. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { measure } from '../processes.mjs'
import { summary } from '../statistics.mjs'

const one = value => summary([value])

export async function measureCdnServices(say) {
  say('the registry on PostgreSQL and on files, at 64 connections')
  const { rows } = await resultOf('bench/cdn-registry.mjs')
  say('the gateway: cached, uncached, small ranges, 500 connections')
  const gateway = await resultOf('bench/cdn-gateway.mjs')
  return [...rows.flatMap(row => registryRows(row, rows)), ...gatewayRows(gateway)]
}

async function resultOf(file) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-services-'))
  try {
    const path = join(folder, 'result.json')
    await measure(file, ['--json', path])
    return JSON.parse(readFileSync(path, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The bare statements are what the others are beside. */
function registryRows({ what, perSecond, p50, p99, ofBare }, rows) {
  if (what.endsWith('bare pg')) return []
  const bare = rows.find(row => row.what === `${what.split(' ')[0]} bare pg`)
  const name = `registry: ${what.replace(' registry,', ' with')}`
  return [
    {
      what: `${name}, beside bare pg`,
      unit: 'requests/s',
      ours: one(perSecond),
      peer: one(bare.perSecond),
      ratio: ofBare,
    },
    { what: `${name}, half are answered within`, unit: 'ms', ours: one(p50), peer: one(bare.p50) },
    { what: `${name}, 99 of 100 within`, unit: 'ms', ours: one(p99), peer: one(bare.p99) },
  ]
}

function gatewayRows({ bareMBs, cachedMBs, uncachedMBs, rangeP99Ms, rssIdleMB, rssOpenMB, openConnections }) {
  const speed = (what, value) => ({
    what: `gateway: ${what}, beside a bare server of node:http`,
    unit: 'MB/s',
    ours: one(value),
    peer: one(bareMBs),
    ratio: value / bareMBs,
  })
  return [
    speed('from its cache', cachedMBs),
    speed('from four places', uncachedMBs),
    { what: 'gateway: 99 of 100 ranges of 1 KiB within', unit: 'ms', ours: one(rangeP99Ms) },
    {
      what: `gateway: memory with ${openConnections} connections open, beside none`,
      unit: 'MB',
      ours: one(rssOpenMB),
      peer: one(rssIdleMB),
    },
  ]
}
