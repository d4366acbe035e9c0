/**
 * The records of the index. Names and types: threefoldtech/tfchain_graphql, schema.graphql (with the fields of later
 * versions that clients ask for: solutionProviderID, dedicatedFarm, power, extraFee).
 */
import type { Farm, Twin } from '../../../chain/port.js'
import { toHex } from '../../../core/hex.js'
import { COUNTRIES, type Country } from '../../countries.js'
import type { Bill, IndexedContract } from '../../ports.js'
import { stateOf } from '../rest/contracts.js'
import { type FarmIp, farmIps } from '../rest/farms.js'
import type { NodeRecord, World } from '../world.js'
import { type Entity, type Enumeration, entity, type Field, field, nullable } from './entity.js'

const FARM_CERTIFICATION: Enumeration = { enum: 'FarmCertification', values: ['NotCertified', 'Gold'] }
const NODE_CERTIFICATION: Enumeration = { enum: 'NodeCertification', values: ['Diy', 'Certified'] }
const POWER: Enumeration = { enum: 'Power', values: ['Up', 'Down'] }
const STATE: Enumeration = { enum: 'ContractState', values: ['Created', 'Deleted', 'OutOfFunds', 'GracePeriod'] }
const DISCOUNT: Enumeration = { enum: 'DiscountLevel', values: ['None', 'Default', 'Bronze', 'Silver', 'Gold'] }

const twin = entity<Twin>({
  name: 'Twin',
  root: { list: 'twins', one: 'twin', all: world => world.twins() },
  fields: {
    id: field('ID', ({ id }) => `twin-${id}`),
    gridVersion: field('Int', () => 1),
    twinID: field('Int', ({ id }) => id),
    accountID: field('String', ({ account }) => account),
    relay: nullable('String', ({ relay }) => relay ?? null),
    publicKey: nullable('String', ({ pk }) => (pk ? `0x${toHex(pk)}` : null)),
  },
})

const farm = entity<Farm>({
  name: 'Farm',
  root: { list: 'farms', one: 'farm', all: world => world.farms() },
  fields: {
    id: field('ID', ({ id }) => `farm-${id}`),
    gridVersion: field('Int', () => 4),
    farmID: field('Int', ({ id }) => id),
    name: field('String', ({ name }) => name),
    twinID: field('Int', ({ twinId }) => twinId),
    pricingPolicyID: field('Int', ({ pricingPolicyId }) => pricingPolicyId),
    certification: field(FARM_CERTIFICATION, ({ certification }) => certification),
    stellarAddress: nullable('String', () => null),
    dedicatedFarm: nullable('Boolean', ({ dedicated }) => dedicated),
  },
  relations: { publicIPs: { to: 'PublicIp', many: true, get: record => farmIps(record) } },
})

const publicIp = entity<FarmIp>({
  name: 'PublicIp',
  root: { list: 'publicIps', one: 'publicIp', all: world => world.farms().flatMap(farmIps) },
  fields: {
    id: field('ID', ({ id }) => id),
    gateway: field('String', ({ gateway }) => gateway),
    ip: field('String', ({ ip }) => ip),
    contractId: field('BigInt', ({ contractId }) => contractId),
  },
  relations: { farm: { to: 'Farm', many: false, get: ({ farmId }, world) => world.farm(farmId) } },
})

const node = entity<NodeRecord>({
  name: 'Node',
  root: { list: 'nodes', one: 'node', all: world => world.nodes() },
  fields: {
    id: field('ID', ({ node }) => `node-${node.id}`),
    gridVersion: field('Int', () => 3),
    nodeID: field('Int', ({ node }) => node.id),
    farmID: field('Int', ({ node }) => node.farmId),
    twinID: field('Int', ({ node }) => node.twinId),
    country: nullable('String', ({ node }) => node.location.country),
    city: nullable('String', ({ node }) => node.location.city),
    uptime: nullable('BigInt', ({ node }, world) => seconds(world) - node.created),
    created: field('Int', ({ node }) => Number(node.created)),
    farmingPolicyId: field('Int', () => 1),
    certification: nullable(NODE_CERTIFICATION, ({ node }) => node.certification),
    secure: nullable('Boolean', () => false),
    virtualized: nullable('Boolean', () => false),
    serialNumber: nullable('String', ({ node }) => node.serialNumber ?? null),
    createdAt: field('BigInt', ({ node }) => node.created * 1000n),
    updatedAt: field('BigInt', (_, world) => seconds(world) * 1000n),
    connectionPrice: field('Int', () => 80),
    dedicated: nullable('Boolean', ({ dedicated }) => dedicated),
    extraFee: nullable('BigInt', ({ extraFee }) => extraFee),
  },
  relations: {
    location: { to: 'Location', many: false, get: record => record },
    publicConfig: { to: 'PublicConfig', many: false, nullable: true, get: r => (r.node.publicConfig ? r : null) },
    resourcesTotal: { to: 'NodeResourcesTotal', many: false, nullable: true, get: record => record },
    power: { to: 'NodePower', many: false, nullable: true, get: record => record },
    interfaces: {
      to: 'Interfaces',
      many: true,
      get: ({ node }) =>
        node.interfaces.map((one, index) => ({ ...one, id: `node-${node.id}-interface-${index + 1}` })),
    },
  },
})

const location = entity<NodeRecord>({
  name: 'Location',
  fields: {
    id: field('ID', ({ node }) => `location-${node.id}`),
    longitude: field('String', ({ node }) => node.location.longitude),
    latitude: field('String', ({ node }) => node.location.latitude),
  },
})

const publicConfig = entity<NodeRecord>({
  name: 'PublicConfig',
  fields: {
    id: field('ID', ({ node }) => `public-config-${node.id}`),
    ipv4: nullable('String', ({ node }) => node.publicConfig?.ip4.ip ?? null),
    ipv6: nullable('String', ({ node }) => node.publicConfig?.ip6?.ip ?? null),
    gw4: nullable('String', ({ node }) => node.publicConfig?.ip4.gw ?? null),
    gw6: nullable('String', ({ node }) => node.publicConfig?.ip6?.gw ?? null),
    domain: nullable('String', ({ node }) => node.publicConfig?.domain ?? null),
  },
})

const resourcesTotal = entity<NodeRecord>({
  name: 'NodeResourcesTotal',
  fields: {
    id: field('ID', ({ node }) => `resources-${node.id}`),
    cru: field('BigInt', ({ total }) => total.cru),
    mru: field('BigInt', ({ total }) => total.mru),
    sru: field('BigInt', ({ total }) => total.sru),
    hru: field('BigInt', ({ total }) => total.hru),
  },
})

const power = entity<NodeRecord>({
  name: 'NodePower',
  fields: {
    state: nullable(POWER, ({ node }) => node.power.state),
    target: nullable(POWER, ({ node }) => node.power.target),
  },
})

const interfaces = entity<NodeRecord['node']['interfaces'][number] & { id: string }>({
  name: 'Interfaces',
  fields: {
    id: field('ID', ({ id }) => id),
    name: field('String', ({ name }) => name),
    mac: field('String', ({ mac }) => mac),
    ips: field('String', ({ ips }) => JSON.stringify(ips)),
  },
})

type ContractOf<K> = IndexedContract & { type: { kind: K } }
const contractsOf =
  <K extends IndexedContract['type']['kind']>(kind: K) =>
  (world: World) =>
    world.contracts().filter((contract): contract is ContractOf<K> => contract.type.kind === kind)

const CONTRACT_FIELDS: Readonly<Record<string, Field<IndexedContract>>> = {
  id: field('ID', ({ id }) => `contract-${id}`),
  gridVersion: field('Int', () => 4),
  contractID: field('BigInt', ({ id }) => id),
  twinID: field('Int', ({ twinId }) => twinId),
  state: field(STATE, stateOf),
  createdAt: field('BigInt', ({ createdAt }) => BigInt(createdAt)),
  solutionProviderID: nullable('Int', ({ solutionProviderId: id }) => (id === undefined ? null : Number(id))),
}

const nodeContract = entity<ContractOf<'node'>>({
  name: 'NodeContract',
  root: { list: 'nodeContracts', one: 'nodeContract', all: contractsOf('node') },
  fields: {
    ...CONTRACT_FIELDS,
    nodeID: field('Int', ({ type }) => type.nodeId),
    deploymentData: field('String', ({ type }) => type.data),
    deploymentHash: field('String', ({ type }) => type.hash),
    numberOfPublicIPs: field('Int', ({ type }) => type.publicIps.length),
  },
})

const nameContract = entity<ContractOf<'name'>>({
  name: 'NameContract',
  root: { list: 'nameContracts', one: 'nameContract', all: contractsOf('name') },
  fields: { ...CONTRACT_FIELDS, name: field('String', ({ type }) => type.name) },
})

const rentContract = entity<ContractOf<'rent'>>({
  name: 'RentContract',
  root: { list: 'rentContracts', one: 'rentContract', all: contractsOf('rent') },
  fields: { ...CONTRACT_FIELDS, nodeID: field('Int', ({ type }) => type.nodeId) },
})

type NumberedBill = Bill & { readonly number: number }

const bill = entity<NumberedBill>({
  name: 'ContractBillReport',
  root: {
    list: 'contractBillReports',
    one: 'contractBillReport',
    all: world =>
      world.contracts().flatMap(({ id }) => world.chain.bills(id).map((one, index) => ({ ...one, number: index + 1 }))),
  },
  fields: {
    id: field('ID', ({ contractId, number }) => `bill-${contractId}-${number}`),
    contractID: field('BigInt', ({ contractId }) => contractId),
    discountReceived: field(DISCOUNT, ({ discount }) => discount),
    amountBilled: field('BigInt', ({ amountUnits }) => amountUnits),
    timestamp: field('BigInt', ({ timestamp }) => BigInt(timestamp)),
  },
})

const country = entity<Country>({
  name: 'Country',
  root: { list: 'countries', one: 'country', all: () => COUNTRIES },
  fields: {
    id: field('ID', ({ id }) => `country-${id}`),
    countryID: field('Int', ({ id }) => id),
    code: field('String', ({ code }) => code),
    name: field('String', ({ name }) => name),
    region: field('String', ({ region }) => region),
    subregion: field('String', ({ subregion }) => subregion),
    lat: nullable('String', ({ cities }) => cities[0]?.latitude ?? null),
    long: nullable('String', ({ cities }) => cities[0]?.longitude ?? null),
  },
})

const city = entity<{ cityId: number; countryId: number; name: string }>({
  name: 'City',
  root: {
    list: 'cities',
    one: 'city',
    all: () =>
      COUNTRIES.flatMap(({ id, cities }) => cities.map(({ name }) => ({ countryId: id, name }))).map((one, index) => ({
        ...one,
        cityId: index + 1,
      })),
  },
  fields: {
    id: field('ID', ({ cityId }) => `city-${cityId}`),
    cityID: field('Int', ({ cityId }) => cityId),
    countryID: field('Int', ({ countryId }) => countryId),
    name: field('String', ({ name }) => name),
  },
})

export const ENTITIES: readonly Entity[] = [
  twin,
  farm,
  publicIp,
  node,
  location,
  publicConfig,
  resourcesTotal,
  power,
  interfaces,
  nodeContract,
  nameContract,
  rentContract,
  bill,
  country,
  city,
]

function seconds(world: World): bigint {
  return BigInt(Math.floor(world.chain.nowMs() / 1000))
}
