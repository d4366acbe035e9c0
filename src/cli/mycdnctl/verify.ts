/** `mycdnctl verify` */
import { type VerifyReport, verify } from '../../cdn/object/index.js'
import { type CliContext, terminalOf } from '../context.js'
import { ExitCode } from '../exit-codes.js'
import { styleOf } from '../render/style.js'
import { clean, counted } from '../render/text.js'
import { connected, placesOf, type ReadFlags, reachWith, referenceOf } from './stores.js'

export type VerifyFlags = ReadFlags

export async function verifyCommand(this: CliContext, flags: VerifyFlags, text: string): Promise<void> {
  const { reference, registry } = referenceOf(text, flags)
  const reach = reachWith(await placesOf(flags.config))
  await connected(this, { registry, json: flags.json, doing: 'looking at shards' }, async connection => {
    const { stores, host, signal, bar } = connection
    const report = await verify(reference, stores, { reach, host, signal })
    bar?.clear()
    const { stdout, env } = this.process
    if (flags.json) stdout.write(`${JSON.stringify({ result: report })}\n`)
    else stdout.write(`${lines(report, terminalOf(stdout, env).colors).join('\n')}\n`)
    if (report.bad > 0 || report.lost > 0) this.process.exitCode = ExitCode.failure
  })
}

function lines({ files, blocks, shards, bad, lost }: VerifyReport, colors: boolean): readonly string[] {
  const style = styleOf(colors)
  const found = files.flatMap(file =>
    file.blocks.flatMap(block => {
      const wrong = block.shards.filter(({ state }) => state !== 'right')
      return [
        ...(block.readable ? [] : [style.bad(`${clean(file.path)} block ${block.block} cannot be read`)]),
        ...wrong.map(({ shard, place, state, reason }) => {
          const why = reason === undefined ? '' : style.quiet(` ${clean(reason)}`)
          return `${clean(file.path)} block ${block.block} shard ${shard} ${clean(place)} ${style.caution(state)}${why}`
        }),
      ]
    }),
  )
  const seen = `${counted(files.length, 'file')}, ${counted(blocks, 'block')}, ${counted(shards, 'shard')}`
  if (bad === 0 && lost === 0) return [style.good(`${seen}: all are right`)]
  const cannot = lost === 0 ? 'every block can be read' : `${counted(lost, 'block')} cannot be read`
  return [...found, `${seen}: ${bad} not right, ${cannot}`]
}
