import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type NodeNetworkCode =
  | 'NODE_NET_CONFIG' // something is wanted that cannot be: a service without a program, a path that is none
  | 'NODE_NET_NAME' // a name that no interface, namespace or rule can have
  | 'NODE_NET_NO_GATEWAY' // no NIC has found a way out
  | 'NODE_NET_NO_ADDRESS' // a pool of addresses is used up
  | 'NODE_NET_ADDRESS' // an address that is reserved or outside of where it must be
  | 'NODE_NET_PORT' // a WireGuard port that is reserved or belongs to another network
  | 'NODE_NET_COMMAND' // a child process failed: its command, exit code and what it printed
  | 'NODE_NET_TOOL' // a program that is needed is not installed
  | 'NODE_NET_PERMISSION' // the process may not do this
  | 'NODE_NET_KERNEL' // the kernel lacks a feature that the configuration needs
  | 'NODE_NET_OBSERVE' // what a tool printed cannot be understood
  | 'NODE_NET_CONFLICT' // an object that is not ours stands where ours must be
  | 'NODE_NET_LOCKED' // another process works on this node's network
  | 'NODE_NET_NOT_CONVERGED' // everything was applied, and the plan is still not empty
  | 'NODE_NET_SERVICE' // a process that must keep running does not
  | 'NODE_NET_LAB' // a lab cannot be built or does not do what it must

export class NodeNetworkError extends HyphaeError {
  constructor(
    override readonly code: NodeNetworkCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
