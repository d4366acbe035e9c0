/** All pallets put together: how calls and events are written, and what the metadata says of them. */
import { balances } from '../pallets/balances.js'
import { consensusPallets } from '../pallets/consensus.js'
import { council, councilMembership } from '../pallets/council.js'
import { dao } from '../pallets/dao.js'
import { governedPallets } from '../pallets/governed.js'
import { kvStore } from '../pallets/kvstore.js'
import { smartContract } from '../pallets/smart-contract/index.js'
import { eventsItem, system } from '../pallets/system.js'
import { tfgrid } from '../pallets/tfgrid/index.js'
import { tftBridge } from '../pallets/tft-bridge.js'
import { tftPriceModule } from '../pallets/tft-price.js'
import { timestamp } from '../pallets/timestamp.js'
import { transactionPayment } from '../pallets/transaction-payment.js'
import { utility } from '../pallets/utility.js'
import { lazy, vec } from '../scale/composed.js'
import { ScaleError } from '../scale/reader.js'
import type { Type, VariantShape } from '../scale/type.js'
import { snakeCase } from '../scale/type.js'
import type { AnyItem } from '../state/item.js'
import type { EventValue, PalletDefinition, RuntimeCall } from './pallet.js'
import { h256, phase } from './primitives.js'

export interface EventRecord {
  readonly phase:
    | { readonly kind: 'ApplyExtrinsic'; readonly value: number }
    | { readonly kind: 'Finalization' | 'Initialization' }
  readonly event: EventValue
}

export interface Runtime {
  readonly pallets: readonly PalletDefinition[]
  readonly callType: Type<RuntimeCall>
  readonly eventType: Type<EventValue>
  readonly eventRecords: Type<readonly EventRecord[]>
  /** System.Events. */
  readonly events: AnyItem
  /** Every storage item by pallet, in metadata order. */
  storageOf(pallet: PalletDefinition): readonly AnyItem[]
  call(pallet: string, name: string, args: Readonly<Record<string, unknown>>): RuntimeCall
}

/** A pallet's calls as one enum, for the metadata. */
function callEnum(pallet: PalletDefinition): Type<unknown> {
  const variants: VariantShape[] = pallet.calls.map(({ name, index, fields }) => ({
    name: snakeCase(name),
    index,
    fields: Object.entries(fields).map(([field, type]) => ({ name: snakeCase(field), type })),
  }))
  return describeOnly([pallet.crate, 'pallet', 'Call'], variants)
}

function eventEnum(pallet: PalletDefinition): Type<unknown> {
  const variants: VariantShape[] = pallet.events.map(({ name, index, fields }) => ({
    name,
    index,
    fields: fields.map(field => (field.name ? { ...field, name: snakeCase(field.name) } : field)),
  }))
  return describeOnly([pallet.crate, 'pallet', 'Event'], variants)
}

/** A type that the metadata mentions and nobody encodes by itself. */
export function describeOnly(path: readonly string[], variants: readonly VariantShape[]): Type<unknown> {
  const refuse = (): never => {
    throw new ScaleError(`${path.join('::')} is encoded with its pallet`)
  }
  const description = { path, params: [], shape: { kind: 'variant', variants } as const }
  return { minimumBytes: 1, encode: refuse, decode: refuse, describe: () => description }
}

function outerEnum(
  name: string,
  pallets: readonly PalletDefinition[],
  inner: ReadonlyMap<PalletDefinition, Type<unknown>>,
) {
  return {
    path: ['tfchain_runtime', name],
    params: [],
    shape: {
      kind: 'variant' as const,
      variants: pallets.flatMap(pallet => {
        const type = inner.get(pallet)
        return type ? [{ name: pallet.name, index: pallet.index, fields: [{ type }] }] : []
      }),
    },
  }
}

/** The types `pallet::Call` and `pallet::Event` of each pallet that has any. */
export interface PalletEnums {
  readonly calls: ReadonlyMap<PalletDefinition, Type<unknown>>
  readonly events: ReadonlyMap<PalletDefinition, Type<unknown>>
}

let shared: (Runtime & { readonly enums: PalletEnums }) | undefined

/** The runtime; it is only definitions, the same for every chain in the process, made when first needed. */
export function theRuntime(): Runtime & { readonly enums: PalletEnums } {
  shared ??= createRuntime()
  return shared
}

function createRuntime(): Runtime & { readonly enums: PalletEnums } {
  const callType = lazy<RuntimeCall>(2, () => innerCallType)
  const pallets: readonly PalletDefinition[] = [
    system,
    timestamp,
    utility(callType),
    ...consensusPallets,
    balances,
    transactionPayment,
    tfgrid,
    smartContract,
    tftBridge,
    tftPriceModule,
    ...governedPallets(callType),
    kvStore,
    council(callType),
    councilMembership,
    dao(callType),
  ].sort((a, b) => a.index - b.index)

  const calls = new Map(pallets.filter(p => p.calls.length > 0).map(p => [p, callEnum(p)]))
  const eventEnums = new Map(pallets.filter(p => p.events.length > 0).map(p => [p, eventEnum(p)]))
  const byIndex = new Map(pallets.map(p => [p.index, { pallet: p, calls: new Map(p.calls.map(c => [c.index, c])) }]))
  const byName = new Map(pallets.map(p => [p.name, { pallet: p, calls: new Map(p.calls.map(c => [c.name, c])) }]))
  const palletByEvent = new Map(pallets.flatMap(p => p.events.map(event => [event, p.index] as const)))

  const innerCallType: Type<RuntimeCall> = {
    minimumBytes: 2,
    encode: (writer, { pallet, call, args }) => {
      writer.u8(pallet.index)
      writer.u8(call.index)
      call.args.encode(writer, args)
    },
    decode: reader => {
      const entry = byIndex.get(reader.u8())
      const call = entry?.calls.get(reader.u8())
      if (!entry || !call) throw new ScaleError('there is no such call')
      return { pallet: entry.pallet, call, args: call.args.decode(reader) }
    },
    describe: () => outerEnum('RuntimeCall', pallets, calls),
  }

  const eventType: Type<EventValue> = {
    minimumBytes: 2,
    encode: (writer, { event, values }) => {
      writer.u8(palletByEvent.get(event) as number)
      writer.u8(event.index)
      for (const [i, field] of event.fields.entries()) field.type.encode(writer, values[i])
    },
    decode: reader => {
      const pallet = byIndex.get(reader.u8())?.pallet
      const index = reader.u8()
      const event = pallet?.events.find(e => e.index === index)
      if (!pallet || !event) throw new ScaleError('there is no such event')
      return { pallet: pallet.name, event, values: event.fields.map(field => field.type.decode(reader)) }
    },
    describe: () => outerEnum('RuntimeEvent', pallets, eventEnums),
  }

  const topics = vec(h256)
  const eventRecord: Type<EventRecord> = {
    minimumBytes: 4,
    encode: (writer, record) => {
      phase.encode(writer, record.phase)
      eventType.encode(writer, record.event)
      topics.encode(writer, [])
    },
    decode: reader => {
      const record = { phase: phase.decode(reader) as EventRecord['phase'], event: eventType.decode(reader) }
      topics.decode(reader)
      return record
    },
    describe: () => ({
      path: ['frame_system', 'EventRecord'],
      params: [
        { name: 'E', type: eventType as Type<unknown> },
        { name: 'T', type: h256 as Type<unknown> },
      ],
      shape: {
        kind: 'composite',
        fields: [
          { name: 'phase', type: phase as Type<unknown> },
          { name: 'event', type: eventType as Type<unknown> },
          { name: 'topics', type: topics as Type<unknown> },
        ],
      },
    }),
  }

  const eventRecords = vec(eventRecord)
  const events = eventsItem(eventRecords as Type<readonly unknown[]>)
  return {
    pallets,
    callType,
    eventType,
    eventRecords,
    events,
    enums: { calls, events: eventEnums },
    storageOf: pallet => (pallet.name === 'System' ? [...pallet.storage, events] : pallet.storage),
    call: (palletName, name, args) => {
      const entry = byName.get(palletName)
      const call = entry?.calls.get(name)
      if (!entry || !call) throw new ScaleError(`there is no call ${palletName}.${name}`)
      return { pallet: entry.pallet, call, args }
    },
  }
}
