/** Registry and gateway under load; bench/cdn-registry.mjs and bench/cdn-gateway.mjs measure, and can be run alone too. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { measure } from '../processes.mjs'
import { summary } from '../statistics.mjs'

const one = value => summary([value])

export async function measureCdnServices(say) {
  say('the registry on PostgreSQL and on files, at 64 connections')
  const { rows, postgres } = await resultOf('bench/cdn-registry.mjs')
  if (!postgres) say('skipped: the registry on PostgreSQL, which is not installed and cannot be')
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

/** The bare statements are what the others are beside; without PostgreSQL there are none. */
function registryRows({ what, spreads, ofBare }, rows) {
  if (what.endsWith('bare pg')) return []
  const bare = rows.find(row => row.what === `${what.split(' ')[0]} bare pg`)
  const row = (text, unit, field) => ({
    what: `registry: ${what.replace(' registry,', ' with')}${text}`,
    unit,
    ours: spreads[field],
    ...(bare === undefined ? {} : { peer: bare.spreads[field] }),
  })
  const rate =
    bare === undefined ? row('', 'requests/s', 'perSecond') : row(', beside bare pg', 'requests/s', 'perSecond')
  return [
    bare === undefined ? rate : { ...rate, ratio: ofBare },
    row(', half are answered within', 'ms', 'p50'),
    row(', 99 of 100 within', 'ms', 'p99'),
  ]
}

function gatewayRows({ spreads, rssIdleMB, rssOpenMB, openConnections }) {
  const speed = (what, value) => ({
    what: `gateway: ${what}, beside a bare server of node:http`,
    unit: 'MB/s',
    ours: value,
    peer: spreads.bareMBs,
    ratio: value.median / spreads.bareMBs.median,
  })
  return [
    speed('from its cache', spreads.cachedMBs),
    speed('from four places', spreads.uncachedMBs),
    { what: 'gateway: 99 of 100 ranges of 1 KiB within', unit: 'ms', ours: spreads.rangeP99Ms },
    {
      what: `gateway: memory with ${openConnections} connections open, beside none`,
      unit: 'MB',
      ours: one(rssOpenMB),
      peer: one(rssIdleMB),
    },
  ]
}
