/** Twins, farms, nodes and prices of pallet TfgridModule. Source: threefoldtech/tfchain, pallet-tfgrid/src/types.rs. */
import type { Farm, GridNode, PricingPolicy, PublicConfig, Resources, Twin } from '../../port.js'
import type { Plain } from '../plain.js'
import { readPublicIp } from './contract.js'
import { decodeText, different, Fields } from './fields.js'

export function readTwin(value: Plain): Twin {
  const fields = new Fields(value, 'a twin')
  return {
    id: fields.number('id'),
    account: fields.text('accountId'),
    ...(fields.has('relay') ? { relay: fields.text('relay') } : {}),
    ...(fields.has('pk') ? { pk: fields.bytes('pk') } : {}),
  }
}

export function readFarm(value: Plain): Farm {
  const fields = new Fields(value, 'a farm')
  return {
    id: fields.number('id'),
    name: fields.text('name'),
    twinId: fields.number('twinId'),
    pricingPolicyId: fields.number('pricingPolicyId'),
    certification: fields.oneOf('certification', ['NotCertified', 'Gold']),
    publicIps: fields.structs('publicIps').map(readPublicIp),
    dedicated: fields.boolean('dedicatedFarm'),
  }
}

/** @param power the value of NodePower, which is kept apart from the node */
export function readNode(value: Plain, power: Plain): GridNode {
  const fields = new Fields(value, 'a node')
  const location = fields.struct('location')
  const powers = new Fields(power, 'the power of a node')
  return {
    id: fields.number('id'),
    farmId: fields.number('farmId'),
    twinId: fields.number('twinId'),
    resources: readResources(fields.struct('resources')),
    location: {
      city: location.text('city'),
      country: location.text('country'),
      latitude: location.text('latitude'),
      longitude: location.text('longitude'),
    },
    ...(fields.has('publicConfig') ? { publicConfig: readPublicConfig(fields.struct('publicConfig')) } : {}),
    created: fields.bigint('created'),
    interfaces: fields.structs('interfaces').map(readInterface),
    certification: fields.oneOf('certification', ['Diy', 'Certified']),
    ...(fields.has('serialNumber') ? { serialNumber: fields.text('serialNumber') } : {}),
    power: { state: powers.oneOf('state', ['Up', 'Down']), target: powers.oneOf('target', ['Up', 'Down']) },
  }
}

export function readPricingPolicy(value: Plain): PricingPolicy {
  const fields = new Fields(value, 'a pricing policy')
  const price = (key: string) => fields.struct(key).number('value')
  return {
    id: fields.number('id'),
    name: fields.text('name'),
    su: price('su'),
    cu: price('cu'),
    nu: price('nu'),
    ipu: price('ipu'),
    uniqueName: price('uniqueName'),
    domainName: price('domainName'),
    discountForDedicatedNodes: fields.number('discountForDedicationNodes'),
  }
}

function readResources(fields: Fields): Resources {
  return {
    cru: fields.bigint('cru'),
    mru: fields.bigint('mru'),
    sru: fields.bigint('sru'),
    hru: fields.bigint('hru'),
  }
}

function readPublicConfig(fields: Fields): PublicConfig {
  const address = (key: string) => {
    const inner = fields.struct(key)
    return { ip: inner.text('ip'), gw: inner.text('gw') }
  }
  return {
    ip4: address('ip4'),
    ...(fields.has('ip6') ? { ip6: address('ip6') } : {}),
    ...(fields.has('domain') ? { domain: fields.text('domain') } : {}),
  }
}

function readInterface(fields: Fields): GridNode['interfaces'][number] {
  const ips = fields.list('ips').map(ip => {
    if (!(ip instanceof Uint8Array)) throw different('the addresses of an interface')
    return decodeText(ip)
  })
  return { name: fields.text('name'), mac: fields.text('mac'), ips }
}
