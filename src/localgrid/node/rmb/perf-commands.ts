/** `zos.perf.*`: what the node's own tests last measured. Source: threefoldtech/zosbase pkg/perf. */
import { ZosError } from '../../../errors/zos.js'
import { objectArgument, textArgument } from './arguments.js'
import { type Call, type CommandTable, open } from './command.js'

export const perfCommands: CommandTable = {
  'zos.perf.get': open(call => {
    const name = textArgument(objectArgument(call.payload), 'name')
    const found = results(call).find(result => result.name === name)
    if (!found) throw new ZosError('ZOS_INVALID', 'result not found')
    return found
  }),
  'zos.perf.get_all': open(call => results(call)),
}

function results({ node }: Call) {
  const timestamp = Math.floor(node.startedMs / 1000)
  const { cru } = node.spec.resources
  const speed = (test_type: string, direction: number) => ({
    upload_speed: 934_000_000 - direction * 11_000_000,
    download_speed: 941_000_000 - direction * 9_000_000,
    server_host: '127.0.0.1',
    server_ip: '127.0.0.1',
    server_port: 5201,
    test_type,
    error: '',
    cpu_report: {
      host_total: 4.1,
      host_user: 0.4,
      host_system: 3.7,
      remote_total: 0,
      remote_user: 0,
      remote_system: 0,
    },
  })
  return [
    {
      name: 'iperf',
      description: 'Test public nodes network performance with both UDP and TCP over IPv4 and IPv6',
      timestamp,
      result: [speed('tcp', 0), speed('udp', 1)],
    },
    {
      name: 'cpu-benchmark',
      description:
        'Measures the performance of the node CPU by reporting the timespent of computing a task in seconds.',
      timestamp,
      result: { single: 0.43, multi: 0.47, threads: Number(cru), workloads: 0 },
    },
    {
      name: 'public-ip-validation',
      description: 'Runs on the least NodeID node in a farm to validate all its IPs.',
      timestamp,
      result: publicIps({ node }),
    },
    {
      name: 'healthcheck',
      description: 'health check task runs periodically to check the health of the system',
      timestamp,
      result: { cache: [], network: [] },
    },
    { name: 'provisiontest', description: 'Deploys a test machine and removes it again.', timestamp, result: [] },
  ]
}

/** Only the farm's node with the smallest id looks at the addresses; the others skip it. */
function publicIps({ node }: Pick<Call, 'node'>): Record<string, { state: string; reason: string }> {
  const farm = node.farm()
  const first = Math.min(...node.farmNodes())
  return Object.fromEntries(
    (farm?.publicIps ?? []).map(({ ip, contractId }) => {
      if (first !== node.spec.nodeId)
        return [ip, { state: 'skipped', reason: 'skipped, there is a node with less ID available' }]
      return [
        ip,
        contractId === 0n
          ? { state: 'valid', reason: '' }
          : { state: 'skipped', reason: 'ip is already assigned to a contract' },
      ]
    }),
  )
}
