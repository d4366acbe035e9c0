/** The page of a directory. Every name on it comes from strangers and is escaped; the page loads and runs nothing. */
import { createHash } from 'node:crypto'

import { escapeMarkup } from '../../../core/escape-markup.js'

export interface ListedEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'missing'
  readonly mime?: string | undefined
  /** Where the metadata does not say it exactly, the most it can be. */
  readonly size?: { readonly bytes: number; readonly exact: boolean } | undefined
  /** Absent for what cannot be had now. */
  readonly href?: string
}

export interface Listing {
  readonly name: string
  /** Link to the directory that holds this one. */
  readonly parent?: string | undefined
  readonly entries: readonly ListedEntry[]
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
td,th{padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}
tr{border-bottom:1px solid #8884}
td:first-child{overflow-wrap:anywhere}
td:last-child,th:last-child{text-align:right;white-space:nowrap}
a{text-decoration:none}a:hover{text-decoration:underline}`

/** Nothing but this page's own style. */
export const LISTING_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`

/** Changes when the page of the same directory would look different. */
export const LISTING_VERSION = 1

export function listingPage({ name, parent, entries }: Listing): string {
  const title = escapeMarkup(visible(name) || 'directory')
  const up =
    parent === undefined ? '' : `<tr><td><a href="${escapeMarkup(parent)}">../</a></td><td></td><td></td></tr>\n`
  const rows = [...entries].sort(inOrder).map(row).join('\n')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Size</th></tr></thead>
<tbody>
${up}${rows}
</tbody>
</table>
</body>
</html>
`
}

function row({ name, kind, mime, size, href }: ListedEntry): string {
  const shown = `<bdi>${escapeMarkup(visible(name))}${kind === 'directory' ? '/' : ''}</bdi>`
  const link = href === undefined ? shown : `<a href="${escapeMarkup(href)}" rel="noreferrer">${shown}</a>`
  const type =
    kind === 'file' ? escapeMarkup((mime ?? '').slice(0, 100)) : kind === 'missing' ? 'cannot be read now' : 'directory'
  return `<tr><td>${link}</td><td>${type}</td><td>${size === undefined ? '' : sizeText(size)}</td></tr>`
}

/** Directories first, then by name. */
function inOrder(a: ListedEntry, b: ListedEntry): number {
  const rank = ({ kind }: ListedEntry) => (kind === 'directory' ? 0 : 1)
  return rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

/** Control characters and marks of direction stand as what they are: a name must not pretend to be another. */
function visible(name: string): string {
  return name
    .replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\u25a1')
}

function sizeText({ bytes, exact }: { readonly bytes: number; readonly exact: boolean }): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** power
  return `${exact ? '' : '≤ '}${power === 0 ? value : value.toFixed(1)} ${units[power]}`
}
