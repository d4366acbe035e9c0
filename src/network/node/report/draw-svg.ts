/** A tree as a picture that stands by itself: no fonts, scripts or links from elsewhere. Pure. */
import type { Health, TreeNode } from './tree.js'

const ROW = 26
const INDENT = 22
const MARGIN = 16
const LABEL_PIXELS = 8
const DETAIL_PIXELS = 7
const MOST_ROWS = 5_000
const COLOUR: Readonly<Record<Health | 'none', string>> = {
  good: '#2e7d32',
  caution: '#b26a00',
  bad: '#c62828',
  none: '#90a4ae',
}

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
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
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
          `<path d="M${x - INDENT + 6} ${MARGIN + parent * ROW + ROW / 2 + 6}V${y}H${x}" fill="none" stroke="#cfd8dc" stroke-width="1.5"/>`,
        ]
  const text = (at: number, attributes: string, content: string) =>
    `<text x="${at}" y="${y + 5}" font-family="sans-serif" ${attributes}>${escaped(content)}</text>`
  return [
    ...line,
    `<circle cx="${x + 6}" cy="${y}" r="5" fill="${COLOUR[node.health ?? 'none']}"/>`,
    text(x + 18, `font-size="14" font-weight="${node.children.length > 0 ? 600 : 400}" fill="#212121"`, node.label),
    ...(node.detail === undefined
      ? []
      : [text(x + 26 + node.label.length * LABEL_PIXELS, 'font-size="12" fill="#607d8b"', node.detail)]),
  ]
}

function widthOf({ label, detail = '' }: TreeNode): number {
  return 40 + label.length * LABEL_PIXELS + detail.length * DETAIL_PIXELS
}

/** What XML cannot hold at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(UNFIT, '').replace(/[&<>"']/g, one => ENTITIES[one] as string)
}
