/** What a node answers about a workload. Source: zosbase pkg/gridtypes/workload.go, pkg/provision. */
export type ResultState = 'init' | 'ok' | 'error' | 'paused' | 'deleted' | 'unchanged'

export interface WorkloadResult {
  /** Unix seconds; 0 while nothing happened. */
  created: number
  /** Empty in a deployment that no node has seen. */
  state: ResultState | ''
  /** The node's error text. */
  message: string
  /** As the node sent it; the typed readers below give it a shape. */
  data: unknown
}

export const emptyResult = (): WorkloadResult => ({ created: 0, state: '', message: '', data: null })

export interface MachineResult {
  id: string
  ip: string
  /** Empty on light nodes. Legacy nodes call it `ygg_ip`. */
  planetary_ip: string
  mycelium_ip: string
  console_url: string
}

export interface PublicIpResult {
  ip: string
  ip6: string
  gateway: string
}

export interface ZdbResult {
  Namespace: string
  IPs: string[]
  Port: number
}
