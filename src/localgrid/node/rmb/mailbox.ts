/**
 * A node's side of the message bus. Nodes that nobody asks anything cost one entry in the relay: the peer with its keys
 * is made when the first envelope comes. The faults that concern answers are played out here.
 */
import type { Identity, Signer } from '../../../chain/identity.js'
import type { Verify } from '../../../chain/keys.js'
import { createPeer, type Peer } from '../../../rmb/peer.js'
import type { FaultBoard } from '../../faults.js'
import type { ChainView, RelayPort } from '../../ports.js'
import type { LocalNode } from '../local-node.js'
import type { Pauses } from '../pauses.js'
import { answer } from './commands.js'

export interface MailboxOptions {
  readonly node: LocalNode
  readonly chain: ChainView
  readonly relay: RelayPort
  readonly faults: FaultBoard
  readonly verifier: Verify
  readonly pauses: Pauses
  /** Who signs when the node is told to sign as somebody else: the identity of another node. */
  readonly stranger: () => Identity
}

export interface Mailbox {
  close(): void
}

export function openMailbox(options: MailboxOptions): Mailbox {
  const { node, relay, faults, pauses } = options
  const { nodeId, twinId } = node.spec
  let peer: Peer | undefined
  let receive: ((frame: Uint8Array) => void) | undefined

  const port = relay.attach(twinId, frame => {
    if (!node.isUp() || faults.strike('silent-node', fault => fault.nodeId === nodeId)) return
    peer ??= createPeer({
      twinId,
      identity: node.spec.identity,
      verifier: options.verifier,
      twins: id => options.chain.twin(id),
      signer: () => signerOf(options),
      handler: async (command, payload, caller) => {
        const slow = faults.strike('slow-node', fault => fault.nodeId === nodeId)
        if (slow) await pauses.wait(`an answer of node ${nodeId}`, slow.delayMs)
        return answer(command, { node, caller, payload })
      },
      attach: deliver => {
        receive = deliver
        return { send: envelope => port.send(envelope), detach: () => {} }
      },
    })
    receive?.(frame)
  })

  return {
    close: () => {
      peer?.close()
      port.detach()
    },
  }
}

function signerOf({ node, faults, stranger }: MailboxOptions): Signer {
  const foreign = faults.strike('foreign-signature', fault => fault.nodeId === node.spec.nodeId)
  return foreign ? stranger() : node.spec.identity
}
