/** Probes NICs of a machine in a process of its own, to be killed. Arguments: the way into the machine as JSON, a folder,
 * the NICs. */
import { probeNics } from '../../src/network/node/internet/probe-nics.js'
import { udhcpc } from '../../src/network/node/internet/udhcpc.js'
import { linuxRunner } from '../../src/network/node/system/linux-runner.js'

const [enter = '[]', folder = '', ...names] = process.argv.slice(2)
const runner = linuxRunner({ enter: JSON.parse(enter) as string[], rootHandle: '1' })

const nics = names.map(name => ({ name, enslaved: false }))
void probeNics({ runner, nics, dhcp: udhcpc(), folder, dhcpMs: 3_000, duplicateAddressDetection: false })
