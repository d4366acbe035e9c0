import { HyphaeError, type HyphaeErrorOptions } from './base.js'

/** One thing that is wrong with a model. */
export interface Problem {
  /** `machines[0].disks[1].size` */
  readonly path: string
  /** The rule, as a name: `min`, `unknownKey`, `duplicateSeed` … */
  readonly rule: string
  /** One sentence; names both places where two places disagree. */
  readonly message: string
  /** What was given; left out for secrets. */
  readonly value?: unknown
  /** The nearest valid key or value, where there is one. */
  readonly nearest?: string
}

/** A model breaks rules; all of them are in `problems`, and nothing was written. */
export class ModelError extends HyphaeError {
  constructor(
    readonly model: string,
    readonly problems: readonly Problem[],
    options?: HyphaeErrorOptions,
  ) {
    const lines = problems.map(
      p => `  ${p.path}: ${p.message}${p.nearest === undefined ? '' : ` (did you mean ${p.nearest}?)`}`,
    )
    super(
      'MODEL_INVALID',
      `${model} breaks ${problems.length === 1 ? 'a rule' : `${problems.length} rules`}:\n${lines.join('\n')}`,
      {
        ...options,
        details: { model, problems },
      },
    )
  }
}
