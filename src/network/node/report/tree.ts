/** A picture as data: what is in what, and how it is. Drawn as text by the command line, as SVG by draw-svg.ts. */
export type Health = 'good' | 'caution' | 'bad'

export interface TreeNode {
  readonly label: string
  /** Beside the label, less loud. */
  readonly detail?: string
  readonly health?: Health
  readonly children: readonly TreeNode[]
}

export function leaf(label: string, detail?: string, health?: Health): TreeNode {
  return branch(label, detail, [], health)
}

export function branch(
  label: string,
  detail: string | undefined,
  children: readonly TreeNode[],
  health?: Health,
): TreeNode {
  return {
    label,
    ...(detail === undefined ? {} : { detail }),
    ...(health === undefined ? {} : { health }),
    children,
  }
}
