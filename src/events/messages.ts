/** Every message Hyphae sends to its host: code → when it is sent and what `data` holds. */
export const messages = {
  GRID_STARTING: 'a local grid is being started in this process: {}',
  GRID_READY: 'the local grid answers: {elapsedMs, nodes}',
  CLIENT_CONNECTED: 'chain, relay and explorer answered: {network, twinId}',
  CHAIN_RECONNECTED: 'the chain connection dropped and is back: {attempts}',
  RMB_RECONNECTED: 'the relay connection dropped and is back: {attempts, resent}',
  MODEL_WARNING: 'a model is valid but probably not what was meant: {path, rule}',
  OBSERVE_STARTED: 'facts are being read from the grid: {name}',
  PLAN_READY: 'the plan is known; nothing was written: {name, steps, empty}',
  APPLY_STARTED: 'writing begins: {name, steps}',
  BATCH_SUBMITTED: 'one batch of extrinsics is on its way: {calls}',
  BATCH_INCLUDED: 'the batch is in a block: {block, contracts}',
  BATCH_FINALIZED: 'the batch is final: {block}',
  NODE_SENT: 'a node has accepted a deployment: {nodeId, contractId, version}',
  WORKLOAD_STATE: 'a workload changed its state: {nodeId, contractId, name, type, state, message}',
  DEPLOYMENT_READY: 'every workload of a deployment is ok: {nodeId, contractId, elapsedMs}',
  NODE_SILENT: 'a node does not answer; its contracts can still be cancelled: {nodeId}',
  APPLY_DONE: 'everything that was planned is done: {name, elapsedMs}',
  MACHINES_READY: 'machines as their nodes report them: {name, machines: [{name, nodeId, ip, mycelium, …}]}',
  APPLY_RESUMED: 'an interrupted apply was found and is being completed: {name, intents}',
  CDN_BLOCK_SAVED:
    'every place has acknowledged its shard of a block: {path, block, blocks, saved, bytes, reusedShards}',
  CDN_OBJECT_SAVED: 'an object is saved, its metadata too: {path, kind, name, bytes, sentShards, reusedShards}',
  CDN_SKIPPED: 'something in a directory is not saved: {path, reason}',
  CDN_BYTES_READ: 'content was fetched and is right: {path, bytes, added, of}',
  CDN_SHARD_WRONG: 'a shard is not what its block says; another one was taken: {block, shard, place}',
  CDN_BLOCK_VERIFIED: 'every shard of a block was looked at: {path, block, blocks, bad}',
  CDN_SHARD_REPAIRED: 'a shard was put back: {path, block, shard, from, to}',
  REGISTRY_FAILED:
    'the registry could not do what a client asked, and it is not the fault of the client: {code, message}',
  REGISTRY_STORE_LOST: 'the database of the registry does not answer; requests wait for it: {place}',
  GATEWAY_FAILED:
    'the gateway could not give what a client asked for, and it is not the fault of the client: {code, message}',
  GATEWAY_SHARD_WRONG:
    'a place gave a shard that is not what its block says; another one was taken: {place, block, shard}',
  REGISTRY_STORE_BACK: 'the database of the registry answers again: {place}',
  NODE_NET_PROBING: 'NICs are probed, each in a namespace of its own: {nics}',
  NODE_NET_CHOSEN: 'probing has decided which NICs are used: {uplink, exit, made, reason}',
  NODE_NET_APPLIED:
    "everything of a node's network is as it must be, and it gets out: {choice, operations, attempts, elapsedMs, readiness}",
  NODE_NET_STATE:
    'bringing up the uplink has come to another phase: {phase, since, attempt, nextAt, uplink, lastError}',
  NODE_NET_MENDING_FAILED: 'the uplink works, and something else cannot be put right; it is tried again: {error}',
} as const

export type MessageCode = keyof typeof messages
