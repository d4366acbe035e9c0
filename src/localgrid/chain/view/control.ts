/** ChainControl: the chain as the other services of a local grid see and drive it. */
import { utf8 } from '../../../core/bytes.js'
import { LocalGridError } from '../../../errors/localgrid.js'
import type { ChainControl, IndexedContract } from '../../ports.js'
import type { Chain } from '../blocks/chain.js'
import { freeBalance, setBalance } from '../pallets/accounts.js'
import { reportResources } from '../pallets/smart-contract/reports.js'
import * as contracts from '../pallets/smart-contract/storage.js'
import { account } from '../pallets/system.js'
import { createFarm } from '../pallets/tfgrid/farms.js'
import { createNode } from '../pallets/tfgrid/nodes.js'
import * as grid from '../pallets/tfgrid/storage.js'
import { createTwin } from '../pallets/tfgrid/twins.js'
import { billingPrice } from '../pallets/tft-price.js'
import { nowSeconds } from '../pallets/timestamp.js'
import { DispatchFailure } from '../runtime/dispatch-error.js'
import type { Context } from '../runtime/pallet.js'
import { accountOfAddress } from '../runtime/ss58.js'
import type { Indexed } from './contract-index.js'
import { plainEvent } from './plain.js'
import { portContract, portFarm, portNode, portPricing, portTwin } from './port-values.js'

function accountOf(address: string): string {
  const found = accountOfAddress(address)
  if (found !== undefined) return found
  throw new LocalGridError('LOCALGRID_OPTION', `"${address.slice(0, 80)}" is not an SS58 address`)
}

/** Converts each stored value once: values are never mutated, so the conversion stays right. */
function remember<A extends object, B>(convert: (value: A) => B): (value: A) => B {
  const done = new WeakMap<A, B>()
  return value => {
    let result = done.get(value)
    if (result === undefined) {
      result = convert(value)
      done.set(value, result)
    }
    return result
  }
}

export function chainControl(chain: Chain): ChainControl {
  const twin = remember(portTwin)
  const farm = remember(portFarm)
  const contract = remember(portContract)
  const indexed = remember(
    (entry: Indexed): IndexedContract => ({
      ...contract(entry.contract),
      createdAt: entry.createdAt,
      ...(entry.deletedAt === undefined ? {} : { deletedAt: entry.deletedAt }),
    }),
  )
  const known = <A, B>(value: A | undefined, convert: (value: A) => B) =>
    value === undefined ? undefined : convert(value)
  const byId = <T extends { id: number }>(list: T[]) => list.sort((a, b) => a.id - b.id)
  const node = (id: number) =>
    known(grid.nodes.get(chain.view, id), value => portNode(value, grid.nodePower.get(chain.view, id)))

  const act = <T>(what: string, work: (context: Context) => T): T => {
    try {
      return chain.act(work)
    } catch (error) {
      if (!(error instanceof DispatchFailure)) throw error
      throw new LocalGridError('LOCALGRID_OPTION', `the chain refuses ${what}: ${error.message}`, { cause: error })
    }
  }

  return {
    height: () => chain.history.head.number,
    nowMs: () => chain.nowMs(),
    twin: id => known(grid.twins.get(chain.view, id), twin),
    twinOf: address => {
      const id = grid.twinIdByAccountId.get(chain.view, accountOf(address))
      return id === undefined ? undefined : known(grid.twins.get(chain.view, id), twin)
    },
    twins: () => byId([...grid.twins.entries(chain.view)].flatMap(([, value]) => (value ? [twin(value)] : []))),
    farm: id => known(grid.farms.get(chain.view, id), farm),
    farms: () => byId([...grid.farms.entries(chain.view)].flatMap(([, value]) => (value ? [farm(value)] : []))),
    node,
    nodes: () => byId([...grid.nodes.entries(chain.view)].flatMap(([[id]]) => node(id) ?? [])),
    contract: id => known(contracts.contracts.get(chain.view, id), contract),
    contracts: () => [...chain.index.all()].map(indexed),
    activeNodeContracts: id => contracts.activeNodeContracts.get(chain.view, id),
    activeRentContract: id => contracts.activeRentContract.get(chain.view, id),
    contractByName: name => {
      const id = contracts.contractIdByName.get(chain.view, utf8(name))
      return id === 0n ? undefined : id
    },
    contractLock: id => contracts.contractLock.get(chain.view, id),
    bills: contractId => chain.index.bills(contractId).map(bill => ({ contractId, ...bill })),
    balance: address => {
      const { free, reserved, frozen } = account.get(chain.view, accountOf(address)).data
      return { free, reserved, frozen }
    },
    extraFee: id => contracts.dedicatedNodesExtraFee.get(chain.view, id),
    pricingPolicy: id => known(grid.pricingPolicies.get(chain.view, id), portPricing),
    tftPriceMilliUsd: () => billingPrice(chain.view),
    termsAccepted: address => grid.termsAndConditions.has(chain.view, accountOf(address)),
    onBlock: listener =>
      chain.onBlock(({ block, records }) =>
        listener({
          number: block.number,
          hash: `0x${block.hash}`,
          timeMs: block.timeMs,
          events: records.map(({ event }) => plainEvent(event)),
        }),
      ),

    endow: (address, amountUnits) => {
      const who = accountOf(address)
      if (amountUnits < 0n || amountUnits >= 1n << 120n) {
        throw new LocalGridError('LOCALGRID_OPTION', `${amountUnits} is not an amount`)
      }
      if (freeBalance(chain.view, who) === amountUnits) return
      act('the balance', context => setBalance(context, who, amountUnits))
    },
    seedTwin: ({ account: address, relay, pk }) =>
      act('the twin', context => {
        const who = accountOf(address)
        if (grid.twinIdByAccountId.has(context.state, who)) {
          throw new LocalGridError('LOCALGRID_OPTION', `${address} has a twin already`)
        }
        const accepted = {
          accountId: who,
          timestamp: nowSeconds(context.state),
          documentLink: utf8('https://library.threefold.me/info/legal'),
          documentHash: utf8('localgrid'),
        }
        grid.termsAndConditions.put(context.state, [accepted], who)
        return createTwin(context, who, utf8(relay), pk)
      }),
    seedFarm: ({ name, twinId, publicIps }) =>
      act('the farm', context => {
        if (!grid.twins.has(context.state, twinId) || grid.farmIdByName.has(context.state, utf8(name))) {
          throw new LocalGridError('LOCALGRID_OPTION', `farm ${name} is there already, or twin ${twinId} is not`)
        }
        const list = publicIps.map(({ ip, gateway }) => ({ ip: utf8(ip), gateway: utf8(gateway), contractId: 0n }))
        return createFarm(context, twinId, utf8(name), list)
      }),
    seedNode: seed =>
      act('the node', context => {
        if (seed.id !== undefined && grid.nodes.has(context.state, seed.id)) {
          throw new LocalGridError('LOCALGRID_OPTION', `node ${seed.id} is there already`)
        }
        const { city, country, latitude, longitude } = seed.location
        const { publicConfig } = seed
        const created = createNode(
          context,
          {
            farmId: seed.farmId,
            twinId: seed.twinId,
            resources: seed.resources,
            location: {
              city: utf8(city),
              country: utf8(country),
              latitude: utf8(latitude),
              longitude: utf8(longitude),
            },
            publicConfig: publicConfig && {
              ip4: { ip: utf8(publicConfig.ip4.ip), gw: utf8(publicConfig.ip4.gw) },
              ip6: publicConfig.ip6 && { ip: utf8(publicConfig.ip6.ip), gw: utf8(publicConfig.ip6.gw) },
              domain: publicConfig.domain === undefined ? undefined : utf8(publicConfig.domain),
            },
            interfaces: seed.interfaces.map(({ name, mac, ips }) => ({
              name: utf8(name),
              mac: utf8(mac),
              ips: ips.map(utf8),
            })),
            secureBoot: false,
            virtualized: false,
            serialNumber: utf8(seed.serialNumber),
          },
          seed.id,
        )
        return created.id
      }),
    reportResources: (nodeId, { contractId, resources }) => {
      const { hru, sru, cru, mru } = resources
      act('the report', context => reportResources(context, nodeId, [{ contractId, used: { hru, sru, cru, mru } }]))
    },
    advance: blocks => chain.advance(blocks),
  }
}
