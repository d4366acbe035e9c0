/**
 * Machines as a person writes them. Names, units and limits are the peer client's, so that a script moves by changing
 * its import. Plain literals and `new MachineModel()` with assignments are both models.
 * Source: threefoldtech/tfgrid-sdk-ts packages/grid_client/src/modules/models.ts.
 */
import { NetworkModel } from '../networks/model.js'
import { checks, field, list, nested } from '../rules/field.js'
import {
  amount,
  flag,
  httpUrl,
  id,
  ipv4,
  longId,
  name,
  plainName,
  seed,
  someText,
  text,
  whole,
} from '../rules/vocabulary.js'
import { anEnv, gpuList, LOG_OUTPUT } from './fields.js'
import { checkAddedMachine, checkMachine, checkMachines } from './rules.js'

export { MyceliumNetworkSeed, NetworkModel } from '../networks/model.js'

const TEN_TIB = 10 * 1024
const MACHINE_SEED = seed(12, 'a machine seed')

export class DiskModel {
  /** Letters and digits, at most 35; one disk of the name on a node. */
  @field(plainName) name!: string
  /** GB (2^30 bytes), at least 0.25. */
  @field(amount(0.25, TEN_TIB, 'GB')) size!: number
  /** An absolute path other than `/`. */
  @field(someText) mountpoint!: string
}

export class QsfsDiskModel {
  @field(plainName) qsfs_zdbs_name!: string
  @field(plainName) name!: string
  @field(someText) prefix!: string
  @field(someText, { secret: true }) encryption_key!: string
  /** GB; 1 when absent. */
  @field(amount(0.25, TEN_TIB, 'GB'), { optional: true }) cache?: number
  @field(whole(1, 255), { optional: true }) minimal_shards?: number
  @field(whole(2, 255), { optional: true }) expected_shards?: number
  @field(someText) mountpoint!: string
}

@checks(checkMachine)
export class MachineModel {
  /** Letters, digits and `_`, at most 35. */
  @field(name) name!: string
  @field(id) node_id!: number
  @list(() => DiskModel, { optional: true, most: 64 }) disks?: DiskModel[]
  @list(() => QsfsDiskModel, { optional: true, most: 64 }) qsfs_disks?: QsfsDiskModel[]
  /** A public IPv4 address of the node's farm. */
  @field(flag) public_ip!: boolean
  @field(flag, { optional: true }) public_ip6?: boolean
  /** An address on Yggdrasil. */
  @field(flag) planetary!: boolean
  @field(flag) mycelium!: boolean
  /** 12 hex digits: the machine's part of its Mycelium address. Derived from the account when absent. */
  @field(MACHINE_SEED, { optional: true, secret: true, lowerCase: true }) myceliumSeed?: string
  @field(whole(1, 32)) cpu!: number
  /** MB (2^20 bytes). */
  @field(amount(256, 256 * 1024, 'MB')) memory!: number
  /** GB; 0 or absent for the least a node gives: 500 MB, 2 GB for larger machines. */
  @field(amount(0, TEN_TIB, 'GB'), { optional: true }) rootfs_size?: number
  /** URL of the image. */
  @field(httpUrl) flist!: string
  @field(text) entrypoint!: string
  /** Environment of the entrypoint; `SSH_KEY` is who may log in. */
  @field(anEnv, { optional: true, secret: true }) env?: Record<string, string>
  /** In the network's range; chosen when absent. */
  @field(ipv4, { optional: true }) ip?: string
  /** Gives the console instead of starting anything. */
  @field(flag, { optional: true }) corex?: boolean
  @field(longId, { optional: true }) solutionProviderId?: number
  /** URL that the machine's log is sent to: redis, ws or wss. */
  @field(LOG_OUTPUT, { optional: true }) zlogsOutput?: string
  /** `slot/vendor/device`, as `0000:28:00.0/1002/731f`. */
  @field(gpuList, { optional: true }) gpus?: string[]
}

/** One deployment: its network, its machines. */
@checks(checkMachines)
export class MachinesModel {
  /** Letters, digits and `_`, at most 35. */
  @field(name) name!: string
  @nested(() => NetworkModel) network!: NetworkModel
  @list(() => MachineModel, { least: 1 }) machines!: MachineModel[]
  @field(text, { optional: true }) metadata?: string
  @field(text, { optional: true }) description?: string
}

/** A machine that joins a deployment. */
@checks(checkAddedMachine)
export class AddMachineModel extends MachineModel {
  @field(name) deployment_name!: string
  /** 64 hex digits: key of the network's Mycelium on a node it is new to. */
  @field(seed(64, 'a network seed'), { optional: true, secret: true, lowerCase: true }) myceliumNetworkSeed?: string
}

export class DeleteMachineModel {
  @field(name) deployment_name!: string
  @field(name) name!: string
}

/** Which deployment: `machines.get`, `machines.delete`. */
export class MachinesNameModel {
  @field(name) name!: string
}

/** The machine alone. */
export function addedMachine(model: AddMachineModel): MachineModel {
  const { deployment_name: _, myceliumNetworkSeed: __, ...machine } = model
  return machine
}
