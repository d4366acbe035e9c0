/** The type of a file, as its metadata says; what is no type is not passed on. */
import { isMimeType, UNKNOWN_TYPE } from '../../object/mime-type.js'

export function contentType(mime: string | undefined): string {
  return mime !== undefined && isMimeType(mime) ? mime : UNKNOWN_TYPE
}

/** Types that browsers run: by path all content shares one origin, so such a page gets an origin of its own. */
export function isActive(type: string): boolean {
  const [essence = ''] = type.toLowerCase().split(';')
  return (
    /^(text\/(html|xml|xsl)|application\/(xml|xhtml\+xml|xslt\+xml|mathml\+xml)|image\/svg\+xml|multipart\/.*)$/.test(
      essence.trim(),
    ) || /\+xml$/.test(essence.trim())
  )
}

/** Scripts run, but in an origin that no other page has. */
export const SANDBOX = 'sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts'
