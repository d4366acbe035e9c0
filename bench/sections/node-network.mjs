/**
 * A node's own network, in labs of namespaces: from nothing to the first NATed packet, beside the waits that are in it; a
 * network on a node that is up; many of them. Needs root and Debian's tools.
 */
import { labRequirements } from '../../dist/network/node/lab/requirements.js'
import { measure } from '../processes.mjs'
import { compare, summary } from '../statistics.mjs'

const CLIENT = 'bench/clients/node-lab.mjs'
const BRING_UPS = 5
const ONE_ROUNDS = 6
const MANY_ROUNDS = 3
const COUNTS = [10, 50, 100]
const GOALS = { bringUpMs: 1_500, children: 25, oneMs: 300, planMs: 500 }
const LABS = [
  { scenario: 'oob-split-reversed', what: 'both segments give out leases' },
  { scenario: 'oob-split', what: 'the public segment has no DHCP' },
]

export async function measureNodeNetwork(say) {
  const why = whyNot(await labRequirements())
  if (why !== undefined) {
    say(`skipped: a node's own network, ${why}`)
    return []
  }
  const rows = []
  for (const lab of LABS) rows.push(...(await bringUpRows(lab, say)))
  rows.push(...(await oneRows(say)))
  return [...rows, ...(await manyRows(say))]
}

function whyNot({ rights, missing, wanting, tun }) {
  const absent = [...missing, ...wanting].filter(({ program }) => program !== 'tcpdump' && program !== 'dhcpcd')
  if (absent.length > 0) return `these packages are not installed: ${absent.map(one => one.package).join(', ')}`
  if (rights !== 'root') return 'which only root can measure'
  return tun ? undefined : 'there is no /dev/net/tun here'
}

async function bringUpRows({ scenario, what }, say) {
  const waits = []
  const ours = []
  for (let round = 1; round <= BRING_UPS; round++) {
    say(`a node with two NICs comes up, ${what} (round ${round} of ${BRING_UPS})`)
    waits.push(...(await measure(CLIENT, [scenario, 'waits'])))
    ours.push(...(await measure(CLIENT, [scenario, 'bring-up'])))
  }
  const beside = compare(
    ours.map(({ ipv4Ms }) => ipv4Ms),
    waits.map(({ waitsMs }) => waitsMs),
  )
  const first = summary(ours.map(({ ipv4Ms, ipv6Ms }) => Math.min(ipv4Ms, ipv6Ms)))
  const children = summary(ours.map(one => one.children))
  return [
    {
      what: `a node with two NICs to its first NATed IPv4 packet, ${what}; beside its waits for DHCP and routers alone`,
      unit: 'ms',
      ...beside,
      ...upTo(beside.ours, GOALS.bringUpMs, '1.5 s'),
    },
    { what: `the same with whichever family is first, ${what}`, unit: 'ms', ours: first },
    {
      what: `its child processes until then, ${what}`,
      unit: 'processes',
      ours: children,
      ...upTo(children, GOALS.children),
    },
    {
      what: `and until everything was looked at once more, ${what}`,
      unit: 'processes',
      ours: summary(ours.map(one => one.allChildren)),
    },
  ]
}

async function oneRows(say) {
  say('one network with one machine on a node that is up')
  const found = await measure(CLIENT, ['oob-split', 'one', ONE_ROUNDS])
  const answered = summary(found.map(({ answeredMs }) => answeredMs))
  return [
    {
      what: 'one network with one machine on a node that is up, to the first NATed packet of the machine',
      unit: 'ms',
      ours: answered,
      ...upTo(answered, GOALS.oneMs, '300 ms'),
    },
    {
      what: 'one network with one machine: child processes',
      unit: 'processes',
      ours: summary(found.map(({ children }) => children)),
    },
  ]
}

async function manyRows(say) {
  const found = []
  for (let round = 1; round <= MANY_ROUNDS; round++) {
    say(`${COUNTS.join(', ')} networks with a machine each (round ${round} of ${MANY_ROUNDS})`)
    found.push(...(await measure(CLIENT, ['oob-split', 'many', ...COUNTS])))
  }
  const of = (count, field) => summary(found.filter(one => one.count === count).map(one => one[field]))
  const [fewest] = COUNTS
  return COUNTS.flatMap(count => {
    const row = (text, field) => {
      const ours = of(count, field)
      const growth = count === fewest ? {} : { growth: ours.median / of(fewest, field).median }
      return { what: `${count} networks on a node: ${text}`, unit: 'ms', ours, ...growth }
    }
    const added = row('to add them', 'applyMs')
    const planned = row('to find that nothing is to do', 'planMs')
    return [
      { ...added, eachMs: added.ours.median / count },
      { ...planned, ...(count === COUNTS.at(-1) ? upTo(planned.ours, GOALS.planMs, '500 ms') : {}) },
      row('to remove them', 'removeMs'),
      {
        what: `${count} networks on a node: child processes to add them`,
        unit: 'processes',
        ours: of(count, 'children'),
      },
      {
        what: `${count} networks on a node: child processes of the plan`,
        unit: 'processes',
        ours: of(count, 'planChildren'),
      },
    ]
  })
}

function upTo({ median }, most, shown = most) {
  return { goal: `≤ ${shown}`, met: median <= most }
}
