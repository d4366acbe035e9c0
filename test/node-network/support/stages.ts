/**
 * One lab, many sentences: stages are tried one after the other where the lab stands, and each is a test of its own. The
 * first that fails tells what the node looked like, and those after it are not tried.
 */

/** What can say what it looks like, and be taken down. */
export interface Tried {
  diagnosis(): Promise<string>
  close(): Promise<void>
}

export type Stage<T> = readonly [sentence: string, stage: (tried: T) => Promise<void>]

/** Sentences to what went wrong. */
export type Outcomes = ReadonlyMap<string, Error | undefined>

/** @throws what building fails with */
export async function tryStages<T extends Tried>(
  build: () => Promise<T>,
  stages: readonly Stage<T>[],
): Promise<Outcomes> {
  const outcomes = new Map<string, Error | undefined>()
  const tried = await build()
  try {
    for (const [sentence, stage] of stages) {
      try {
        await stage(tried)
        outcomes.set(sentence, undefined)
      } catch (error) {
        outcomes.set(sentence, await explained(error, tried))
        break
      }
    }
  } finally {
    await tried.close()
  }
  return outcomes
}

/** @throws what the stage has failed with */
export function judge(outcomes: Outcomes, sentence: string): void {
  if (!outcomes.has(sentence)) throw new Error('not tried: something before it has failed')
  const error = outcomes.get(sentence)
  if (error) throw error
}

async function explained(error: unknown, tried: Tried): Promise<Error> {
  const cause = error instanceof Error ? error : new Error(String(error))
  const details = 'details' in cause ? `\n${JSON.stringify(cause.details, undefined, 2)}` : ''
  const state = await tried.diagnosis().catch(failure => `and the node cannot be looked at: ${failure}`)
  return new Error(`${cause.message}${details}\n${cause.stack ?? ''}\n\n${state}`, { cause })
}
