/** What makes a text no well-formed XML, in the parts of it that a picture uses: elements, attributes, text, entities. */
const TAG = /^<(\/?)([A-Za-z][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/

/** Undefined when nothing is wrong. */
export function xmlProblem(text: string): string | undefined {
  const open: string[] = []
  let rest = text.replace(/^<\?xml [^>]*\?>\s*/, '')
  let roots = 0
  while (rest.trim() !== '') {
    const at = rest.indexOf('<')
    const before = at === -1 ? rest : rest.slice(0, at)
    if (open.length === 0 && before.trim() !== '') return `text outside of everything: ${before.slice(0, 60)}`
    if (ENTITY.test(before)) return `a bare & in ${before.slice(0, 60)}`
    if (at === -1) break
    rest = rest.slice(at)
    const tag = TAG.exec(rest)
    if (tag === null) return `no tag: ${rest.slice(0, 80)}`
    const [whole, closes, name = '', attributes = '', empty] = tag
    if (ENTITY.test(attributes)) return `a bare & in ${whole.slice(0, 80)}`
    if (closes === '/') {
      const last = open.pop()
      if (last !== name) return `</${name}> closes <${last}>`
    } else {
      if (open.length === 0 && roots++ > 0) return 'more than one root'
      if (empty !== '/') open.push(name)
    }
    rest = rest.slice(whole.length)
  }
  return open.length > 0 ? `not closed: ${open.join(', ')}` : undefined
}
