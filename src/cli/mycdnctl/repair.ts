/** `mycdnctl repair` */
import { type RepairReport, repair } from '../../cdn/object/index.js'
import { type CliContext, terminalOf } from '../context.js'
import { ExitCode } from '../exit-codes.js'
import { styleOf } from '../render/style.js'
import { clean, counted } from '../render/text.js'
import { connected, placesOf, type ReadFlags, reachWith, referenceOf, referenceTexts } from './stores.js'

export interface RepairFlags extends ReadFlags {
  readonly includePassword: boolean
}

export async function repairCommand(this: CliContext, flags: RepairFlags, text: string): Promise<void> {
  const { reference, registry } = referenceOf(text, flags)
  const places = await placesOf(flags.config)
  await connected(this, { registry, json: flags.json, doing: 'putting shards back' }, async connection => {
    const { stores, host, signal, bar } = connection
    const report = await repair(reference, stores, {
      reach: reachWith(places),
      replacements: places,
      includePassword: flags.includePassword,
      host,
      signal,
    })
    bar?.clear()
    const texts = referenceTexts({ ...report.reference, registry: new URL(registry).origin })
    const { stdout, env } = this.process
    const { moved, repaired, failed } = report
    if (flags.json) stdout.write(`${JSON.stringify({ result: { ...texts, moved, repaired, failed } })}\n`)
    else stdout.write(`${lines(report, texts, terminalOf(stdout, env).colors).join('\n')}\n`)
    if (failed.length > 0) this.process.exitCode = ExitCode.failure
  })
}

function lines(
  { moved, repaired, failed }: RepairReport,
  { url, reference }: { url?: string; reference: string },
  colors: boolean,
): readonly string[] {
  const style = styleOf(colors)
  return [
    ...repaired.map(({ path, block, shard, from, to }) => {
      const where = from === to ? clean(to) : `${clean(to)} in place of ${clean(from)}`
      return `${style.good('put back')} ${clean(path)} block ${block} shard ${shard} at ${where}`
    }),
    ...failed.map(({ path, block, shard, reason }) => {
      const what = shard === undefined ? '' : ` shard ${shard}`
      return `${style.bad('not put back')} ${clean(path)} block ${block}${what}: ${clean(reason)}`
    }),
    repaired.length + failed.length === 0
      ? style.good('nothing had to be put back')
      : `${counted(repaired.length, 'shard')} put back, ${failed.length} not`,
    ...(moved ? [`Places changed. ${url === undefined ? `Ref: ${reference}` : `Url: ${url}`}`] : []),
  ]
}
