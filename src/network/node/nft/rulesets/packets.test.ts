import { describe, expect, it } from '@jest/globals'

import { inNamespace, noNftReason } from '../../../../../test/support/throwaway-nft.js'
import { renderNft } from '../render-text.js'
import type { NftTable } from '../ruleset.js'
import { ndmzRuleset } from './ndmz-ruleset.js'
import { networkRuleset } from './network-ruleset.js'
import { publicIpRuleset } from './public-ip-ruleset.js'
import { publicNamespaceRuleset } from './public-namespace-ruleset.js'

/** `reach NAME NAMESPACE ARGUMENTS` prints whether an answer came; all run at once, since silence takes a second. */
const TOOLS = `
set -e
asked=
space() { ip netns add $1; ip -n $1 link set lo up; ip netns exec $1 sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; }
cable() { ip link add $1 up master $2 type veth peer name $4 netns $3; ip -n $3 link set $4 up; }
load() { printf %s "$2" | ip netns exec $1 nft -f -; }
reach() { n=$1; s=$2; shift 2; if ip netns exec $s ping -q -c 1 -W 1 "$@" >/dev/null 2>&1; then echo "$n yes"; else echo "$n no"; fi & asked="$asked $!"; }
dial() { n=$1; s=$2; shift 2; ip netns exec $s "$NODE" -e 'const s=require("net").connect(+process.argv[2],process.argv[1]);const e=t=>{console.log(process.argv[3],t);process.exit()};s.on("connect",()=>e("yes"));s.on("error",x=>e(x.code));setTimeout(()=>e("silence"),1500)' "$@" $n & asked="$asked $!"; }
serve() { ip netns exec $1 "$NODE" -e 'for(const p of process.argv.slice(1))require("net").createServer(s=>s.destroy()).listen(+p,"::")' $2 & for i in $(seq 100); do ip netns exec $1 ss -Hltn | grep -q ":\${2##* }" && break; sleep 0.05; done; }
`

function outcomes(script: string, ...rulesets: readonly (readonly NftTable[])[]): Record<string, string> {
  const texts = rulesets.map(tables => tables.map(renderNft).join(''))
  const printed = inNamespace(`NODE=${process.execPath}\n${TOOLS}\n${script}`, texts)
  return Object.fromEntries(
    printed
      .trim()
      .split('\n')
      .map(line => line.split(' ') as [string, string]),
  )
}

const noNft = noNftReason()
if (noNft !== undefined) it.skip(`packets go where the rulesets let them (${noNft})`, () => {})
const withNft = noNft === undefined ? describe : describe.skip

withNft('a machine with public addresses', () => {
  it('uses its own and no others, over IPv4, ARP and IPv6, and what is for others does not reach it', () => {
    const mac = '02:00:00:00:00:01'
    const ruleset = publicIpRuleset({
      machines: [
        { tap: 'tap1', mac, ipv4: '203.0.113.9/24', ipv6: true },
        { tap: 'tap3', mac: '02:00:00:00:00:03', ipv4: '203.0.113.10' },
      ],
    })
    const script = `
      ip link add br-pub up type bridge
      for i in 1 2 3; do space m$i; cable tap$i br-pub m$i eth0; ip -n m$i link set eth0 down; ip -n m$i link set eth0 address 02:00:00:00:00:0$i up; done
      ip -n m1 address add 203.0.113.9/24 dev eth0;  ip -n m1 address add 203.0.113.66/24 dev eth0
      ip -n m1 address add 2001:db8::ff:fe00:1/64 dev eth0;  ip -n m1 address add 2001:db8::66/64 dev eth0
      ip -n m2 address add 203.0.113.2/24 dev eth0;  ip -n m2 address add 2001:db8::2/64 dev eth0
      ip -n m3 address add 203.0.113.10/24 dev eth0; ip -n m3 address add 2001:db8::10/64 dev eth0
      printf %s "$1" | nft -f -
      reach own4 m1 -I 203.0.113.9 203.0.113.2
      reach own6 m1 -I 2001:db8::ff:fe00:1 2001:db8::2
      reach link-local m1 -I eth0 fe80::ff:fe00:2
      reach asked4 m2 203.0.113.9
      reach asked6 m2 2001:db8::ff:fe00:1
      reach stolen4 m1 -I 203.0.113.66 203.0.113.2
      reach stolen6 m1 -I 2001:db8::66 2001:db8::2
      reach stolen-arp m2 203.0.113.66
      ip netns exec m1 sysctl -qw net.ipv6.conf.eth0.proxy_ndp=1
      ip -n m1 neigh add proxy 2001:db8::77 dev eth0
      ip netns exec m2 ping -qc1 -W1 2001:db8::77 > /dev/null || true
      ip -n m2 neigh show 2001:db8::77 | grep -q lladdr && echo stolen-neighbour yes || echo stolen-neighbour no
      reach own4-beside m3 203.0.113.2
      reach ipv6-of-none m3 2001:db8::2
      wait $asked
      ip -n m1 link set eth0 address 02:00:00:00:00:99
      reach foreign-mac m1 -I 203.0.113.9 203.0.113.2
      wait $asked`
    // Without the rules everything gets through: it is they that stop it.
    const open = outcomes(script, [])
    expect(new Set(Object.values(open))).toEqual(new Set(['yes']))
    const closed = outcomes(script, ruleset)
    expect(Object.keys(closed).sort()).toEqual(Object.keys(open).sort())
    expect(closed).toEqual({
      own4: 'yes',
      own6: 'yes',
      'link-local': 'yes',
      asked4: 'yes',
      asked6: 'yes',
      stolen4: 'no',
      stolen6: 'no',
      'stolen-arp': 'no',
      'stolen-neighbour': 'no',
      'own4-beside': 'yes',
      'ipv6-of-none': 'no',
      'foreign-mac': 'no',
    })
  })
})

const WITH_RULES = {
  out4: 'yes',
  out6: 'yes',
  neighbour4: 'no',
  neighbour6: 'no',
  'neighbour-itself': 'no',
  inbound4: 'no',
  inbound6: 'no',
  node4: 'no',
  node6: 'yes',
  web: 'yes',
  mail: 'ECONNREFUSED',
  'neighbour-tcp': 'silence',
  'node-tcp': 'silence',
  'node-tcp-link': 'silence',
}

withNft('networks behind ndmz', () => {
  it('reach the internet over both families, are not reached from it, nor by each other, and cannot send mail', () => {
    const script = `
      for bridge in br-ndmz wan; do ip link add $bridge up type bridge; done
      for name in internet ndmz a b machine; do space $name; done
      cable wan-i wan internet eth0; cable wan-n wan ndmz npub; cable dz br-ndmz ndmz tonrs
      ip -n internet address add 198.51.100.1/24 dev eth0; ip -n internet address add 2001:db8::1/64 dev eth0
      ip -n ndmz address add 198.51.100.2/24 dev npub; ip -n ndmz address add 2001:db8::2/64 dev npub
      ip -n ndmz address add 100.127.0.1/16 dev tonrs; ip -n ndmz address add fe80::1/64 dev tonrs; ip -n ndmz address add fd00::1/64 dev tonrs
      i=2; for net in a b; do
        cable p-$net br-ndmz $net public
        ip -n $net address add 100.127.0.$i/16 dev public; ip -n $net address add fd00::$i/64 dev public
        ip -n $net route add default via 100.127.0.1; ip -n $net route add default via fe80::1 dev public; i=3
      done
      ip -n a link add lan up type veth peer name eth0 netns machine; ip -n machine link set eth0 up
      ip -n a address add 10.1.2.1/24 dev lan; ip -n a address add fd32::1/64 dev lan
      ip -n machine address add 10.1.2.2/24 dev eth0; ip -n machine address add fd32::2/64 dev eth0
      ip -n machine route add default via 10.1.2.1; ip -n machine route add default via fd32::1
      ip -n internet route add 100.127.0.0/16 via 198.51.100.2; ip -n internet route add fd00::/64 via 2001:db8::2
      load ndmz "$1"; load a "$2"; load b "$2"
      serve internet "25 80"; serve b 81; serve ndmz 82
      reach out4 machine 198.51.100.1
      reach out6 machine 2001:db8::1
      reach neighbour4 machine 100.127.0.3
      reach neighbour6 machine fd00::3
      reach neighbour-itself a fd00::3
      reach inbound4 internet 100.127.0.2
      reach inbound6 internet fd00::2
      reach node4 internet 198.51.100.2
      reach node6 internet 2001:db8::2
      dial web machine 198.51.100.1 80
      dial mail machine 198.51.100.1 25
      dial neighbour-tcp machine 100.127.0.3 81
      dial node-tcp internet 198.51.100.2 82
      dial node-tcp-link internet 2001:db8::2 82
      wait $asked`
    const ndmz = ndmzRuleset({ uplinks: ['npub'] })
    const network = networkRuleset({ blockedPorts: [25] })
    const onlyNat = (tables: readonly NftTable[]) => tables.filter(table => table.name === 'nat')
    expect(outcomes(script, onlyNat(ndmz), onlyNat(network))).toEqual(
      Object.fromEntries(Object.keys(WITH_RULES).map(name => [name, 'yes'])),
    )
    expect(outcomes(script, ndmz, network)).toEqual(WITH_RULES)
  })
})

withNft('the public namespace', () => {
  it('answers pings and its services, and nothing else', () => {
    const script = `
      space internet; space public
      ip -n internet link add eth0 up type veth peer name public netns public; ip -n public link set public up
      ip -n internet address add 198.51.100.1/24 dev eth0; ip -n public address add 198.51.100.2/24 dev public
      load public "$1"
      serve public "22 9651"
      reach ping internet 198.51.100.2
      reach out public 198.51.100.1
      dial mycelium internet 198.51.100.2 9651
      dial ssh internet 198.51.100.2 22
      wait $asked`
    expect(outcomes(script, publicNamespaceRuleset())).toEqual({
      ping: 'yes',
      out: 'yes',
      mycelium: 'yes',
      ssh: 'silence',
    })
  })
})
