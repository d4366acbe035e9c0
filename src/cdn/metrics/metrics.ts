/** Numbers for Prometheus, in its text format (version 0.0.4). Labels come from small fixed sets: nothing grows. */
export interface Counter {
  add(labels: readonly string[], by?: number): void
}

export interface Histogram {
  observe(labels: readonly string[], value: number): void
}

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

interface Family {
  lines(): readonly string[]
}

export class Metrics {
  readonly #families: Family[] = []

  /** @param name ends in `_total` */
  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    const values = new Map<string, number>()
    this.#families.push({
      lines: () => [
        ...heading(name, help, 'counter'),
        ...[...values].map(([labels, value]) => `${name}${labels} ${value}`),
      ],
    })
    return {
      add: (labels, by = 1) => {
        const key = labelText(labelNames, labels)
        values.set(key, (values.get(key) ?? 0) + by)
      },
    }
  }

  /** Seconds. */
  histogram(name: string, help: string, labelNames: readonly string[]): Histogram {
    const series = new Map<string, { labels: readonly string[]; counts: number[]; sum: number }>()
    const linesOf = ({ labels, counts, sum }: { labels: readonly string[]; counts: number[]; sum: number }) => {
      let below = 0
      const buckets = [...BOUNDS, '+Inf'].map((bound, i) => {
        below += counts[i] ?? 0
        return `${name}_bucket${labelText([...labelNames, 'le'], [...labels, `${bound}`])} ${below}`
      })
      const shown = labelText(labelNames, labels)
      return [...buckets, `${name}_sum${shown} ${sum}`, `${name}_count${shown} ${below}`]
    }
    this.#families.push({
      lines: () => [...heading(name, help, 'histogram'), ...[...series.values()].flatMap(linesOf)],
    })
    return {
      observe: (labels, value) => {
        const key = labels.join('\n')
        let found = series.get(key)
        if (found === undefined) {
          found = { labels, counts: Array<number>(BOUNDS.length + 1).fill(0), sum: 0 }
          series.set(key, found)
        }
        const at = BOUNDS.findIndex(bound => value <= bound)
        const bucket = at < 0 ? BOUNDS.length : at
        found.counts[bucket] = (found.counts[bucket] ?? 0) + 1
        found.sum += value
      },
    }
  }

  /** Asked when somebody reads it. */
  gauge(name: string, help: string, read: () => number): void {
    this.#families.push({ lines: () => [...heading(name, help, 'gauge'), `${name} ${read()}`] })
  }

  text(): string {
    return `${this.#families.flatMap(family => family.lines()).join('\n')}\n`
  }
}

function heading(name: string, help: string, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  const escaped = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
  return `{${names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',')}}`
}
