/** Loads a program anywhere on disk, in TypeScript or JavaScript, with `hyphae` meaning this very package. */
import { pathToFileURL } from 'node:url'

import { createJiti } from 'jiti'

/** Everything is ready when this resolves; calling the result runs the program's top level. */
export async function createLoader(file: string): Promise<() => Promise<unknown>> {
  const [hyphae, localgrid] = await Promise.all([import('../../index.js'), import('../../localgrid/index.js')])
  const jiti = createJiti(pathToFileURL(file).href, {
    // Given as they are: the package must exist once in the process, and needs no translation.
    virtualModules: { hyphae, 'hyphae/localgrid': localgrid },
    fsCache: false,
    interopDefault: false,
  })
  return () => jiti.import(file)
}
