/** Probes NICs of a machine in a process of its own, to be killed. Arguments: the machine's first process, a folder, the
 * NICs. */
import { probeNics } from '../../src/network/node/internet/probe-nics.js'
import { udhcpc } from '../../src/network/node/internet/udhcpc.js'
import { linuxRunner } from '../../src/network/node/system/linux-runner.js'

const [init = '', folder = '', ...names] = process.argv.slice(2)
const runner = linuxRunner({ enter: ['nsenter', '-t', init, '-n', '-m', '-p', '--'], rootHandle: '1' })

const nics = names.map(name => ({ name, enslaved: false }))
void probeNics({ runner, nics, dhcp: udhcpc(), folder, dhcpMs: 3_000, duplicateAddressDetection: false })
