/** A file system over 0-DBs, quantum safe. Source: threefoldtech/zosbase pkg/gridtypes/zos/qsfs.go. */
import { canonicalHex } from '../go/hex.js'
import { list, struct } from '../json/composites.js'
import { size } from '../json/go-types.js'
import { parsedText, text, uint } from '../json/scalars.js'
import type { Qsfs, QsfsEncryption, ZdbBackend } from './data.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

type Config = Qsfs['config']

const encryption = struct<QsfsEncryption>('zos', 'Encryption', {
  algorithm: text('zos.EncryptionAlgorithm'),
  key: parsedText('zos.EncryptionKey', canonicalHex, true),
})
const backend = struct<ZdbBackend>('zos', 'ZdbBackend', { address: text(), namespace: text(), password: text() })

export const qsfs: WorkloadSpec<'qsfs'> = {
  type: 'qsfs',
  codec: struct<Qsfs>('zos', 'QuantumSafeFS', {
    cache: size,
    config: struct<Config>('zos', 'QuantumSafeFSConfig', {
      minimal_shards: uint(32),
      expected_shards: uint(32),
      redundant_groups: uint(32),
      redundant_nodes: uint(32),
      max_zdb_data_dir_size: uint(32),
      encryption,
      meta: struct<Config['meta']>('zos', 'QuantumSafeMeta', {
        type: text(),
        config: struct<Config['meta']['config']>('zos', 'QuantumSafeConfig', {
          prefix: text(),
          encryption,
          backends: list(backend),
        }),
      }),
      groups: list(struct<Config['groups'][number]>('zos', 'ZdbGroup', { backends: list(backend) })),
      compression: struct<Config['compression']>('zos', 'QuantumCompression', { algorithm: text() }),
    }),
  }),
  validate: ({ config }) =>
    config.minimal_shards > config.expected_shards ? `minimal shards can't be greater than expected shards` : undefined,
  challenge({ cache, config }) {
    const { meta } = config
    return (
      `${cache}${config.minimal_shards}${config.expected_shards}${config.redundant_groups}${config.redundant_nodes}` +
      `${config.max_zdb_data_dir_size}${encryptionChallenge(config.encryption)}` +
      `${meta.type}${meta.config.prefix}${encryptionChallenge(meta.config.encryption)}${backendsChallenge(meta.config.backends)}` +
      `${config.groups.map(group => backendsChallenge(group.backends)).join('')}${config.compression.algorithm}`
    )
  },
  capacity: data => ({ ...noCapacity, cru: 1n, mru: 1024n ** 3n, sru: data.cache }),
  updatable: true,
  sharable: false,
}

function encryptionChallenge({ algorithm, key }: QsfsEncryption): string {
  return algorithm + key
}

function backendsChallenge(backends: readonly ZdbBackend[]): string {
  return backends.map(({ address, namespace, password }) => address + namespace + password).join('')
}
