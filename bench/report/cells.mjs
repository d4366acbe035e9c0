/** Rows of measurements → the texts of a table, the same on a terminal and on a page. */
export const HEADINGS = ['what', 'Hyphae', 'peer', 'ratio', 'goal', 'met']

export function cellsOf({ what, unit, ours, peer, ratio, growth, eachMs, goal, met }) {
  const each = eachMs === undefined ? '' : `, ${shown(eachMs, 'ms')} each`
  return [
    what,
    `${spread(ours, unit)}${each}`,
    peer === undefined ? '' : spread(peer, unit),
    ratio !== undefined ? `${digits(ratio)} ×` : growth !== undefined ? `× ${digits(growth)}` : '',
    goal ?? '',
    met === undefined ? '' : met ? 'yes' : 'NO',
  ]
}

/** The median, and between what the measurements lie. */
function spread({ median, min, max, count }, unit) {
  if (count === 1) return shown(median, unit)
  return `${shown(median, unit)} (${number(min, unit)}–${number(max, unit)})`
}

function shown(value, unit) {
  return unit === 'files' ? number(value, unit) : `${number(value, unit)} ${unit === 'bytes' ? 'MB' : unit}`
}

function number(value, unit) {
  return digits(unit === 'bytes' ? value / 1e6 : value)
}

function digits(value) {
  return value >= 10 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)))
}
