import { beforeEach, describe, expect, it } from '@jest/globals'

import type { Twin } from '../../chain/port.js'
import { utf8Text } from '../../core/bytes.js'
import { type Address, decodeEnvelope, type Envelope, encodeEnvelope } from '../../rmb/envelope.js'
import { FaultBoard } from '../faults.js'
import type { Outlet } from './mailbox.js'
import { Switchboard, type SwitchboardOptions } from './switchboard.js'

const A: Address = { twin: 1, connection: 'a' }
const B: Address = { twin: 2 }

let nowMs: number
let twins: Map<number, Twin>
let faults: FaultBoard

beforeEach(() => {
  nowMs = 1_700_000_000_000
  faults = new FaultBoard()
  twins = new Map([1, 2, 3].map(id => [id, { id, account: `account ${id}`, relay: 'relay.grid.tf' }]))
  twins.set(4, { id: 4, account: 'no relay' })
})

function board(options: Partial<SwitchboardOptions> = {}): Switchboard {
  return new Switchboard({
    chain: { twin: id => twins.get(id) },
    faults,
    nowMs: () => nowMs,
    rateLimit: { frames: 1000, bytes: 1e9 },
    maxQueuedFrames: 10,
    maxQueuedBytes: 10_000,
    maxMailboxes: 20,
    ...options,
  })
}

/** A session that takes frames until its window is full. */
class Inbox implements Outlet {
  readonly frames: Uint8Array[] = []
  wasReplaced = false
  window = Number.POSITIVE_INFINITY
  #drained: (() => void)[] = []

  ready = () => this.frames.length < this.window
  send = (frame: Uint8Array, drained: () => void) => {
    this.frames.push(frame)
    this.#drained.push(drained)
  }
  replaced = () => {
    this.wasReplaced = true
  }
  drain(window: number): void {
    this.window = window
    for (const drained of this.#drained.splice(0)) drained()
  }
  get envelopes(): Envelope[] {
    return this.frames.map(decodeEnvelope)
  }
  get uids(): string[] {
    return this.envelopes.map(envelope => envelope.uid)
  }
}

function frame(change: Partial<Envelope> = {}): Uint8Array {
  return encodeEnvelope({
    uid: 'u',
    timestamp: BigInt(nowMs / 1000),
    expiration: 20n,
    source: A,
    destination: B,
    message: { kind: 'request', command: 'c' },
    relays: [],
    ...change,
  })
}

describe('the switchboard', () => {
  it('passes a frame on as it is', () => {
    const inbox = new Inbox()
    const switchboard = board()
    switchboard.connect(B, inbox)
    // A field nobody knows has to survive: the bytes are forwarded, not written anew.
    const sent = Uint8Array.of(...frame(), 0xa0, 0x06, 0x01)
    expect(switchboard.route(A, sent)).toBe(true)
    expect(inbox.frames).toEqual([sent])
  })

  it('reaches a session exactly, and a twin in this process whatever the session', () => {
    const [b, other, attached] = [new Inbox(), new Inbox(), [] as Uint8Array[]]
    const switchboard = board()
    switchboard.connect(B, b)
    switchboard.connect({ twin: 2, connection: 'x' }, other)
    switchboard.attach(3, got => attached.push(got))
    switchboard.route(A, frame({ uid: '1', destination: { twin: 2, connection: 'x' } }))
    switchboard.route(A, frame({ uid: '2', destination: { twin: 2, connection: '' } }))
    switchboard.route(A, frame({ uid: '3', destination: { twin: 3 } }))
    switchboard.route(A, frame({ uid: '4', destination: { twin: 3, connection: 'any' } }))
    expect([b.uids, other.uids, attached.map(got => decodeEnvelope(got).uid)]).toEqual([['2'], ['1'], ['3', '4']])
  })

  it('answers a ping with a pong from where it was sent to', () => {
    const inbox = new Inbox()
    const switchboard = board()
    switchboard.connect(A, inbox)
    switchboard.route(A, frame({ message: { kind: 'ping' }, destination: { twin: 0 } }))
    expect(inbox.envelopes).toMatchObject([
      { uid: 'u', source: { twin: 0 }, destination: A, message: { kind: 'pong' }, payload: { kind: 'plain' } },
    ])
    expect(utf8Text(inbox.envelopes[0]?.payload?.bytes as Uint8Array)).toBe('hello world')
  })

  it.each<[string, Partial<Envelope>]>([
    ['message wrong source', { source: { twin: 3, connection: 'a' } }],
    ['message wrong source', { source: { twin: 1, connection: 'b' } }],
    ['message wrong source', { source: { twin: 1 } }],
    ['unknown twin destination', { destination: { twin: 99 } }],
    ['relay info is not set for this twin', { destination: { twin: 4 } }],
    ['message with missing destination', { destination: { twin: 0 } }],
    ['destination offline', { tags: 'x, fail-fast' }],
  ])('tells the sender of a request: %s', (message, change) => {
    const inbox = new Inbox()
    const switchboard = board()
    switchboard.connect(A, inbox)
    expect(switchboard.route(A, frame(change))).toBe(false)
    expect(inbox.envelopes).toEqual([
      {
        uid: 'u',
        timestamp: BigInt(nowMs / 1000),
        expiration: 300n,
        destination: A,
        message: { kind: 'error', code: 0, message },
        relays: [],
      },
    ])
  })

  it('tells nobody of a response that cannot be delivered', () => {
    const inbox = new Inbox()
    const switchboard = board()
    switchboard.connect(A, inbox)
    for (const change of [{ destination: { twin: 99 } }, { source: B }, { tags: 'fail-fast' }]) {
      switchboard.route(A, frame({ message: { kind: 'response' }, ...change }))
    }
    expect(inbox.frames).toEqual([])
  })

  it('ends the connection of whoever sends what is no envelope', () => {
    expect(() => board().route(A, Uint8Array.of(0xff))).toThrow(expect.objectContaining({ code: 'RMB_ENVELOPE' }))
  })

  it('tells the sender when a twin in this process fails', () => {
    const inbox = new Inbox()
    const switchboard = board()
    switchboard.connect(A, inbox)
    switchboard.attach(2, () => {
      throw new Error('node is broken')
    })
    switchboard.route(A, frame())
    expect(inbox.envelopes[0]?.message).toMatchObject({ message: 'failed to route message: node is broken' })
  })

  it('counts what a twin sends in a minute', () => {
    const [a, b] = [new Inbox(), new Inbox()]
    const switchboard = board({ rateLimit: { frames: 2, bytes: 1e9 } })
    switchboard.connect(A, a)
    switchboard.connect(B, b)
    for (let i = 0; i < 3; i++) switchboard.route(A, frame({ uid: `${i}` }))
    expect(b.uids).toEqual(['0', '1'])
    expect(a.envelopes).toMatchObject([{ uid: '2', message: { message: 'exceeded rate limits, dropping message' } }])
    nowMs += 60_000
    expect(switchboard.route(A, frame())).toBe(true)
  })
})

describe('frames for a session that is offline', () => {
  it('wait for it, in order', () => {
    const switchboard = board()
    for (const uid of ['1', '2', '3']) switchboard.route(A, frame({ uid }))
    const inbox = new Inbox()
    switchboard.connect(B, inbox)
    expect(inbox.uids).toEqual(['1', '2', '3'])
    expect(switchboard.queuedBytes).toBe(0)
  })

  it('wait for a twin in this process too', () => {
    const switchboard = board()
    switchboard.route(A, frame({ uid: '1' }))
    const got: string[] = []
    const detach = switchboard.attach(2, each => got.push(decodeEnvelope(each).uid))
    switchboard.route(A, frame({ uid: '2' }))
    detach()
    switchboard.route(A, frame({ uid: '3' }))
    expect(got).toEqual(['1', '2'])
    switchboard.attach(2, each => got.push(decodeEnvelope(each).uid))
    expect(got).toEqual(['1', '2', '3'])
  })

  it('wait no longer than they are valid', () => {
    const switchboard = board()
    switchboard.route(A, frame({ uid: 'short', expiration: 5n }))
    switchboard.route(A, frame({ uid: 'long', expiration: 1n << 63n }))
    nowMs += 5_000
    switchboard.sweep()
    const inbox = new Inbox()
    switchboard.connect(B, inbox)
    expect(inbox.uids).toEqual(['long'])

    switchboard.route(A, frame({ destination: { twin: 3 }, expiration: 1n << 63n }))
    nowMs += 3_600_000
    switchboard.sweep()
    expect(switchboard.queuedBytes).toBe(0)
  })

  it.each<[string, Partial<SwitchboardOptions>]>([
    ['in number', { maxQueuedFrames: 3 }],
    ['in bytes', { maxQueuedBytes: 3 * frameBytes() }],
  ])('are bounded %s, and the sender hears of it', (_how, options) => {
    const inbox = new Inbox()
    const switchboard = board(options)
    switchboard.connect(A, inbox)
    for (let i = 0; i < 5; i++) switchboard.route(A, frame())
    expect(inbox.envelopes).toHaveLength(2)
    expect(inbox.envelopes[0]?.message).toMatchObject({
      message: 'failed to route message: the queue of the destination is full',
    })
    nowMs += 21_000
    expect(switchboard.route(A, frame())).toBe(true)
  })

  it('are kept for a bounded number of sessions', () => {
    const inbox = new Inbox()
    const switchboard = board({ maxMailboxes: 5 })
    switchboard.connect(A, inbox)
    for (let i = 0; i < 10; i++) switchboard.route(A, frame({ destination: { twin: 2, connection: `${i}` } }))
    expect(inbox.envelopes).toHaveLength(6)
  })

  it('wait also for one that reads too slowly', () => {
    const switchboard = board()
    const inbox = new Inbox()
    inbox.window = 2
    switchboard.connect(B, inbox)
    for (const uid of ['1', '2', '3', '4', '5']) switchboard.route(A, frame({ uid }))
    expect(inbox.uids).toEqual(['1', '2'])
    inbox.drain(4)
    expect(inbox.uids).toEqual(['1', '2', '3', '4'])
    inbox.drain(9)
    expect(inbox.uids).toEqual(['1', '2', '3', '4', '5'])
  })
})

describe('a session that is opened twice', () => {
  it('belongs to the newer connection, and the older one cannot close it', () => {
    const [older, newer] = [new Inbox(), new Inbox()]
    const switchboard = board()
    const disconnectOlder = switchboard.connect(B, older)
    switchboard.connect(B, newer)
    expect([older.wasReplaced, newer.wasReplaced]).toEqual([true, false])
    disconnectOlder()
    switchboard.route(A, frame())
    expect([older.frames.length, newer.frames.length]).toEqual([0, 1])
  })
})

describe('faults', () => {
  it('lose, double and reorder frames, as often as they are told', () => {
    const switchboard = board()
    const inbox = new Inbox()
    switchboard.connect(B, inbox)
    const send = (...uids: string[]) => {
      inbox.frames.length = 0
      for (const uid of uids) switchboard.route(A, frame({ uid }))
      return inbox.uids
    }
    faults.set({ kind: 'lost-frames', times: 1 })
    expect(send('1', '2', '3')).toEqual(['2', '3'])
    faults.set({ kind: 'duplicated-frames', times: 2 })
    expect(send('1', '2', '3')).toEqual(['1', '1', '2', '2', '3'])
    faults.set({ kind: 'reordered-frames', times: 1 })
    expect(send('1', '2', '3')).toEqual(['2', '1', '3'])
    expect(faults.list()).toEqual([])
    switchboard.close()
  })

  it('do not keep back for ever a frame that none overtakes', async () => {
    const switchboard = board()
    const inbox = new Inbox()
    switchboard.connect(B, inbox)
    faults.set({ kind: 'reordered-frames', times: 1 })
    const came = new Promise<void>(resolve => {
      const { send } = inbox
      inbox.send = (each, drained) => {
        send(each, drained)
        resolve()
      }
    })
    switchboard.route(A, frame({ uid: 'alone' }))
    await came
    expect(inbox.uids).toEqual(['alone'])
  })
})

function frameBytes(): number {
  nowMs = 1_700_000_000_000
  return frame().length
}
