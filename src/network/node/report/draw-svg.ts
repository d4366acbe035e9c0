/** A tree as a picture that stands by itself: no fonts, scripts or links from elsewhere. Pure. */
import { escapeMarkup } from '../../../core/escape-markup.js'
import type { TreeNode } from './tree.js'

const ROW = 26
const INDENT = 22
const MARGIN = 16
const LABEL_PIXELS = 9
const GAP = 10
const DETAIL_PIXELS = 7
const MOST_ROWS = 5_000
/** Light, and dark where the reader prefers it. */
const STYLE = `<style>
.ground { fill: #ffffff } .line { stroke: #cfd8dc; fill: none } .label { fill: #212121 } .detail { fill: #607d8b }
.good { fill: #2e7d32 } .caution { fill: #b26a00 } .bad { fill: #c62828 } .none { fill: #90a4ae }
@media (prefers-color-scheme: dark) {
.ground { fill: #1f2933 } .line { stroke: #52606d } .label { fill: #e4e7eb } .detail { fill: #9aa5b1 }
.good { fill: #66bb6a } .caution { fill: #ffb74d } .bad { fill: #ef5350 } .none { fill: #7b8794 }
}
</style>`

/** An SVG document. Texts are escaped: names come from elsewhere.
 *
 * @param title for readers who do not see the picture
 */
export function drawSvg(tree: TreeNode, title: string): string {
  const rows = rowsOf(tree)
  const shown = rows.slice(0, MOST_ROWS)
  const width = MARGIN * 2 + Math.max(...shown.map(({ node, depth }) => depth * INDENT + widthOf(node)))
  const height = MARGIN * 2 + shown.length * ROW
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    STYLE,
    '<rect class="ground" width="100%" height="100%"/>',
    ...shown.flatMap(drawRow),
    '</svg>',
    '',
  ].join('\n')
}

interface Row {
  readonly node: TreeNode
  readonly depth: number
  /** Number of the row of its parent; none for the first. */
  readonly parent: number | undefined
}

function rowsOf(tree: TreeNode): readonly Row[] {
  const rows: Row[] = []
  const add = (node: TreeNode, depth: number, parent: number | undefined): void => {
    const row = rows.push({ node, depth, parent }) - 1
    for (const child of node.children) add(child, depth + 1, row)
  }
  add(tree, 0, undefined)
  return rows
}

function drawRow({ node, depth, parent }: Row, row: number): readonly string[] {
  const x = MARGIN + depth * INDENT
  const y = MARGIN + row * ROW + ROW / 2
  const line =
    parent === undefined
      ? []
      : [
          `<path class="line" d="M${x - INDENT + 6} ${MARGIN + parent * ROW + ROW / 2 + 6}V${y}H${x}" stroke-width="1.5"/>`,
        ]
  // One text: whoever draws it knows how wide the label is in its font.
  const { label, detail, health = 'none', children } = node
  const more =
    detail === undefined
      ? ''
      : `<tspan class="detail" dx="${GAP}" font-size="12" font-weight="400">${escaped(detail)}</tspan>`
  const weight = children.length > 0 ? 600 : 400
  return [
    ...line,
    `<circle class="${health}" cx="${x + 6}" cy="${y}" r="5"/>`,
    `<text class="label" x="${x + 18}" y="${y + 5}" font-family="sans-serif" font-size="14" font-weight="${weight}">${escaped(label)}${more}</text>`,
  ]
}

function widthOf({ label, detail = '' }: TreeNode): number {
  return 40 + label.length * LABEL_PIXELS + detail.length * DETAIL_PIXELS
}

/** What XML cannot hold at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

function escaped(text: string): string {
  return escapeMarkup(text.replace(UNFIT, ''))
}
