/** Terms, twins and entities. Source: threefoldtech/tfchain, pallets/pallet-tfgrid/src/{twin,terms_cond}.rs. */
import { concatBytes, equalBytes, utf8Text } from '../../../../core/bytes.js'
import { fromHex } from '../../../../core/hex.js'
import { type CallDefinition, type Context, call, signed } from '../../runtime/pallet.js'
import { accountId } from '../../runtime/primitives.js'
import { option } from '../../scale/composed.js'
import { boundedBytes, bytes, u32 } from '../../scale/primitives.js'
import { nowSeconds } from '../timestamp.js'
import { tfgridErrors as errors, tfgridEvents as events } from './events.js'
import type { Twin } from './layouts.js'
import * as items from './storage.js'

const LINK = /^[a-zA-Z0-9\-._~:/?#[\]@!$&'()*+,;=]*$/
const HASH = /^[a-zA-Z0-9\-_]*$/

const ascii = (value: Uint8Array) => String.fromCharCode(...value)

/** Letters, digits, `-_.`; no dot at either end, none after another, and (the chain's quirk) none in second place. */
export function isRelay(relay: Uint8Array): boolean {
  if (relay.length === 0) return false
  const text = ascii(relay)
  if (!/^[A-Za-z0-9\-_.]+$/.test(text) || text.startsWith('.') || text.endsWith('.')) return false
  return !text.includes('..') && text[1] !== '.'
}

function checkRelay(context: Context, relay: Uint8Array | undefined): void {
  if (relay) errors.ensure(context.constants.anyRelay ? relay.length > 0 : isRelay(relay), 'InvalidRelayAddress')
}

function ownTwin(context: Context, who: string, id: number): Twin {
  const twin = errors.need(items.twins.get(context.state, id), 'TwinNotExists')
  errors.ensure(twin.accountId === who, 'UnauthorizedToUpdateTwin')
  return twin
}

/** Countries and cities of entities and nodes: only their lengths are checked on chain. */
export function checkPlace(place: { city: Uint8Array; country: Uint8Array }): void {
  errors.ensure(place.city.length >= 1, 'CityNameTooShort')
  errors.ensure(place.city.length <= 58, 'CityNameTooLong')
  errors.ensure(place.country.length >= 2, 'CountryNameTooShort')
  errors.ensure(place.country.length <= 56, 'CountryNameTooLong')
}

/** 128 hex digits as text. A real runtime panics on other text of this length; here it is a wrong signature. */
function signatureOf(text: Uint8Array): Uint8Array {
  errors.ensure(text.length === 128, 'SignatureLengthIsIncorrect')
  errors.ensure(/^[0-9a-fA-F]+$/.test(ascii(text)), 'EntitySignatureDoesNotMatch')
  return fromHex(utf8Text(text))
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

export function createTwin(context: Context, account: string, relay?: Uint8Array, pk?: Uint8Array): number {
  const id = items.twinId.get(context.state) + 1
  const twin: Twin = { id, accountId: account, relay, entities: [], pk }
  items.twins.put(context.state, twin, id)
  items.twinId.put(context.state, id)
  items.twinIdByAccountId.put(context.state, id, account)
  context.emit(events.TwinStored(twin))
  return id
}

const twinArgs = { relay: option(boundedBytes(1024)), pk: option(boundedBytes(128)) }
const place = { country: boundedBytes(56), city: boundedBytes(58) }

export const twinCalls: readonly CallDefinition[] = [
  call(
    14,
    'createEntity',
    { target: accountId, name: bytes, ...place, signature: bytes },
    (context, { target, name, country, city, signature }) => {
      signed(context)
      const { state } = context
      errors.ensure(!items.entityIdByName.has(state, name), 'EntityWithNameExists')
      errors.ensure(!items.entityIdByAccountId.has(state, target), 'EntityWithPubkeyExists')
      const valid = context.verify(target, concatBytes(name, country, city), signatureOf(signature))
      errors.ensure(valid, 'EntitySignatureDoesNotMatch')
      checkPlace({ country, city })

      const id = items.entityId.get(state) + 1
      const entity = { version: 1, id, name, accountId: target, country, city }
      items.entities.put(state, entity, id)
      items.entityIdByName.put(state, id, name)
      items.entityIdByAccountId.put(state, id, target)
      items.entityId.put(state, id)
      context.emit(events.EntityStored(entity))
    },
  ),
  call(15, 'updateEntity', { name: bytes, ...place }, (context, { name, country, city }) => {
    const who = signed(context)
    const { state } = context
    errors.ensure(!items.entityIdByName.has(state, name), 'EntityWithNameExists')
    const id = errors.need(items.entityIdByAccountId.get(state, who), 'EntityNotExists')
    const stored = errors.need(items.entities.get(state, id), 'EntityNotExists')
    errors.ensure(stored.accountId === who, 'CannotUpdateEntity')
    checkPlace({ country, city })
    items.entityIdByName.remove(state, stored.name)
    const entity = { ...stored, name, country, city }
    items.entities.put(state, entity, id)
    items.entityIdByName.put(state, id, name)
    context.emit(events.EntityUpdated(entity))
  }),
  call(16, 'deleteEntity', {}, context => {
    const who = signed(context)
    const { state } = context
    const id = errors.need(items.entityIdByAccountId.get(state, who), 'EntityNotExists')
    const stored = errors.need(items.entities.get(state, id), 'EntityNotExists')
    errors.ensure(stored.accountId === who, 'CannotDeleteEntity')
    items.entities.remove(state, id)
    items.entityIdByName.remove(state, stored.name)
    items.entityIdByAccountId.remove(state, who)
    context.emit(events.EntityDeleted(id))
  }),
  call(17, 'createTwin', twinArgs, (context, { relay, pk }) => {
    const who = signed(context)
    errors.ensure(items.termsAndConditions.has(context.state, who), 'UserDidNotSignTermsAndConditions')
    errors.ensure(!items.twinIdByAccountId.has(context.state, who), 'TwinWithPubkeyExists')
    checkRelay(context, relay)
    createTwin(context, who, relay, pk)
  }),
  call(18, 'updateTwin', twinArgs, (context, { relay, pk }) => {
    const who = signed(context)
    const id = errors.need(items.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
    const before = ownTwin(context, who, id)
    checkRelay(context, relay)
    const twin = { ...before, relay, pk }
    items.twins.put(context.state, twin, id)
    context.emit(events.TwinUpdated(twin))
  }),
  call(19, 'addTwinEntity', { twinId: u32, entityId: u32, signature: bytes }, (context, args) => {
    const who = signed(context)
    const entity = errors.need(items.entities.get(context.state, args.entityId), 'EntityNotExists')
    const twin = ownTwin(context, who, args.twinId)
    const known = twin.entities.some(e => e.entityId === args.entityId && equalBytes(e.signature, args.signature))
    errors.ensure(!known, 'EntityWithSignatureAlreadyExists')
    const message = concatBytes(bigEndian(args.entityId), bigEndian(args.twinId))
    const valid = context.verify(entity.accountId, message, signatureOf(args.signature))
    errors.ensure(valid, 'EntitySignatureDoesNotMatch')
    const proof = { entityId: args.entityId, signature: args.signature }
    items.twins.put(context.state, { ...twin, entities: [...twin.entities, proof] }, twin.id)
    context.emit(events.TwinEntityStored(twin.id, args.entityId, args.signature))
  }),
  call(20, 'deleteTwinEntity', { twinId: u32, entityId: u32 }, (context, args) => {
    const twin = ownTwin(context, signed(context), args.twinId)
    const index = twin.entities.findIndex(e => e.entityId === args.entityId)
    errors.ensure(index >= 0, 'EntityNotExists')
    items.twins.put(context.state, { ...twin, entities: twin.entities.toSpliced(index, 1) }, twin.id)
    context.emit(events.TwinEntityRemoved(twin.id, args.entityId))
  }),
  call(25, 'userAcceptTc', { documentLink: boundedBytes(2048), documentHash: boundedBytes(50) }, (context, args) => {
    const who = signed(context)
    errors.ensure(args.documentLink.length >= 1, 'DocumentLinkInputTooShort')
    errors.ensure(LINK.test(ascii(args.documentLink)), 'InvalidDocumentLinkInput')
    errors.ensure(args.documentHash.length >= 1, 'DocumentHashInputTooShort')
    errors.ensure(HASH.test(ascii(args.documentHash)), 'InvalidDocumentHashInput')
    const accepted = { accountId: who, timestamp: nowSeconds(context.state), ...args }
    const before = items.termsAndConditions.get(context.state, who) ?? []
    items.termsAndConditions.put(context.state, [...before, accepted], who)
  }),
  call(37, 'bondTwinAccount', { twinId: u32 }, (context, args) => {
    const who = signed(context)
    const twin = errors.need(items.twins.get(context.state, args.twinId), 'TwinNotExists')
    errors.ensure(twin.accountId !== who, 'TwinCannotBoundToItself')
    items.twinBoundedAccountId.put(context.state, who, args.twinId)
    context.emit(events.TwinAccountBounded(args.twinId, who))
  }),
]
