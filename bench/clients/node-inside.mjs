/**
 * Measures in a node of a lab, which node-lab.mjs starts it in. Argument 1 says what:
 *
 *     waits             what nobody can be faster than: leases and routers on the same cables, and nothing else
 *     bring-up          from nothing to NATed packets
 *     one ROUNDS        a network with a machine, on a node that is up
 *     many COUNT…       so many networks with a machine each, and a plan that finds nothing to do
 *
 * Prints a line of JSON for each measurement; with BENCH_LOG=1 every command of it too.
 */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { checkConfig, createSupervisor, linuxRunner, openNode, servicesFolder } from '../../dist/network/node/index.js'

/** Have no way back to private addresses: an answer proves NAT. */
const INTERNET = { ipv4: '198.51.100.1', ipv6: '2001:db8:ffff::1' }
/** Of ndmz, towards networks: what is sent from there leaves by NAT only. */
const INSIDE = { ipv4: '100.127.0.1', ipv6: 'fd00::1' }
/** As in other labs: everything is near. Who has not answered by then does not answer. */
const PROBE_TIMES = { graceMs: 600 }
const SILENT_MS = 600
const ANSWER_MS = 20_000
const PING_MS = 50

const [what, ...args] = process.argv.slice(2)
const { config, stateDir } = JSON.parse(process.env.BENCH_NODE)
/** What is measured with does not count. */
const plain = linuxRunner()
const log = []
const runner = logging(linuxRunner())

if (what === 'waits') print({ waitsMs: await bareWaits(config.nics) })
else {
  const services = createSupervisor({ folder: servicesFolder(stateDir), runner })
  const open = more => {
    const checked = checkConfig({ ...config, ...more })
    return openNode({ config: checked, stateDir, runner, services, probeTimes: PROBE_TIMES })
  }
  try {
    if (what === 'bring-up') await bringUp(await open())
    else {
      const empty = await open()
      await empty.apply()
      if (what === 'one') for (let i = 0; i < Number(args[0]); i++) await addOne(empty, await open(networks(i, 1)))
      else for (const count of args.map(Number)) await addMany(empty, await open(networks(1_000, count, 'tap')), count)
    }
  } finally {
    await services.close({ keep: false })
  }
}

/** Packets are sent from the beginning: the first may be answered before everything was looked at once more. */
async function bringUp(network) {
  const started = log.length
  const applied = timed(() => network.apply())
  const since = performance.now()
  const ping = async family => {
    const ms = await answered({
      namespace: 'ndmz',
      source: INSIDE[family],
      target: INTERNET[family],
      since,
      pauseMs: 20,
    })
    return { ms, children: log.length - started }
  }
  const [measured, ipv4, ipv6] = await Promise.all([applied, ping('ipv4'), ping('ipv6')])
  // One is as much of a way out as the other.
  const first = ipv4.ms < ipv6.ms ? ipv4 : ipv6
  const children = { children: first.children, allChildren: measured.children }
  print({ applyMs: measured.elapsedMs, ipv4Ms: ipv4.ms, ipv6Ms: ipv6.ms, ...children })
  printLog(measured)
}

async function addOne(empty, network) {
  const measured = await timed(() => network.apply())
  const { since, elapsedMs: applyMs, children, result } = measured
  const { link } = result.applied.find(one => one.kind === 'link-add' && one.link.name.startsWith('t-'))
  const answeredMs = await answered({ namespace: link.peer.namespace, target: INTERNET.ipv4, since })
  print({ applyMs, answeredMs, children })
  printLog(measured)
  await empty.apply()
}

async function addMany(empty, network, count) {
  const applied = await timed(() => network.apply())
  await network.plan() // code that is compiled once
  const planned = await timed(() => network.plan())
  if (planned.result.operations.length > 0) throw new Error(`${planned.result.operations.length} operations are left`)
  const removed = await timed(() => empty.apply())
  const [applyMs, planMs, removeMs] = [applied, planned, removed].map(({ elapsedMs }) => elapsedMs)
  print({ count, applyMs, planMs, removeMs, children: applied.children, planChildren: planned.children })
  printLog(planned)
}

/** Derived, so that every run has the same; nobody's secrets. */
function networks(first, count, attach = 'namespace') {
  const parts = Array.from({ length: count }, (_, i) => first + i).map(number => {
    const range = `10.${100 + (number >> 8)}`
    const names = { twin: 7, name: `net${number}` }
    const data = {
      ip_range: `${range}.0.0/16`,
      subnet: `${range}.${number & 255}.0/24`,
      wireguard_private_key: createHash('sha256').update(names.name).digest('base64'),
      wireguard_listen_port: 20_000 + number,
      peers: [],
    }
    const ip = data.subnet.replace('0/24', '2')
    return [
      { ...names, type: 'network', data },
      { id: `7-${number + 1}-vm`, twin: 7, network: names.name, ip, attach },
    ]
  })
  return { networks: parts.map(([network]) => network), machines: parts.map(([, machine]) => machine) }
}

/** Milliseconds of two rounds, as a node asks twice: on every NIC, to choose, and then where it lives. In the first one a
 * router that says nothing is waited for, because RFC 4861 gives it half a second; in the second, only who has answered.
 */
async function bareWaits(nics) {
  const script = join(stateDir, 'no-script')
  await writeFile(script, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  const run = (program, ...words) => plain.run({ namespace: 'root', program, args: words, mayFail: true })
  const keys = ['router_solicitation_delay=0', 'accept_dad=0', 'dad_transmits=0', 'accept_ra=1']

  const lease = async (nic, since) => {
    const { code } = await run('udhcpc', '-f', '-q', '-n', '-t', '1', '-T', '1', '-i', nic, '-s', script)
    return code === 0 ? performance.now() - since : undefined
  }
  const router = async (nic, since) => {
    while (performance.now() - since < SILENT_MS) {
      const { stdout } = await run('ip', '-6', 'route', 'show', 'default', 'dev', nic)
      if (stdout.trim() !== '') return performance.now() - since
      await sleep(2)
    }
    return undefined
  }
  const round = async silentMs => {
    for (const nic of nics) await run('sysctl', '-q', '-w', ...keys.map(key => `net.ipv6.conf.${nic}.${key}`))
    const since = performance.now()
    const waits = await Promise.all(
      nics.flatMap(nic => {
        const up = run('ip', 'link', 'set', 'dev', nic, 'up')
        return [up.then(() => lease(nic, since)), up.then(() => router(nic, since))]
      }),
    )
    for (const nic of nics) await run('ip', 'link', 'set', 'dev', nic, 'down')
    return Math.max(...waits.map(ms => ms ?? silentMs))
  }
  return (await round(SILENT_MS)) + (await round(0))
}

/** Milliseconds from `since` until a ping is answered. */
async function answered({ namespace, source, target, since, pauseMs = 2 }) {
  const from = source === undefined ? [] : ['-I', source]
  const words = ['-n', '-q', '-c', '1', '-W', String(PING_MS / 1_000), ...from, target]
  while (performance.now() - since < ANSWER_MS) {
    const { code } = await plain.run({ namespace, program: 'ping', args: words, mayFail: true })
    if (code === 0) return performance.now() - since
    await sleep(pauseMs)
  }
  throw new Error(`${target} has not answered ${source ?? namespace} within ${ANSWER_MS} ms`)
}

async function timed(work) {
  const before = log.length
  const since = performance.now()
  const result = await work()
  return { result, since, elapsedMs: performance.now() - since, children: log.length - before, log: log.slice(before) }
}

/** The runner, and every child process in the log: those that end, and those that go on. */
function logging(real) {
  const note = (namespace, words) => {
    const entry = { namespace, command: words.join(' ').slice(0, 100), startedMs: performance.now(), tookMs: 0 }
    log.push(entry)
    return entry
  }
  return {
    get started() {
      return real.started
    },
    nameOf: namespace => real.nameOf(namespace),
    argvOf(namespace, command) {
      note(namespace, command)
      return real.argvOf(namespace, command)
    },
    async run(command) {
      const entry = note(command.namespace, [command.program, ...command.args])
      try {
        return await real.run(command)
      } finally {
        entry.tookMs = performance.now() - entry.startedMs
      }
    },
  }
}

function printLog({ since, log: entries }) {
  if (!process.env.BENCH_LOG) return
  for (const { startedMs, tookMs, namespace, command } of entries) {
    print({ atMs: Math.round(startedMs - since), tookMs: Math.round(tookMs), namespace, command })
  }
}

function sleep(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
