/** Colours by meaning, so that all of the output speaks the same ones. */
import picocolors from 'picocolors'

export interface Style {
  readonly heading: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly caution: (text: string) => string
  readonly change: (text: string) => string
  readonly quiet: (text: string) => string
}

export function styleOf(colors: boolean): Style {
  const { bold, green, red, yellow, cyan, dim } = picocolors.createColors(colors)
  return { heading: bold, good: green, bad: red, caution: yellow, change: cyan, quiet: dim }
}
