/** Loads a program anywhere on disk, in TypeScript or JavaScript, with `hyphae` meaning this very package. */
import { pathToFileURL } from 'node:url'

import { propertyDecorators } from './property-decorators.js'

/** Everything is ready when this resolves; calling the result runs the program's top level. */
export async function createLoader(file: string): Promise<() => Promise<unknown>> {
  const { createJiti } = await import('jiti')
  const hyphae = await import('../../index.js')
  const localgrid = await import('../../localgrid/index.js')
  // What nearly every program needs in its first second; here it loads while the grid starts. Validation also brings
  // Reflect.metadata: jiti calls it for decorated methods, and breaks them where it is missing.
  await import('../../modules/validate.js')
  await import('../../connect.js')

  process.setSourceMapsEnabled(true)
  const jiti = createJiti(pathToFileURL(file).href, {
    // Given as they are: the package must exist once in the process, and needs no translation.
    virtualModules: { hyphae, 'hyphae/localgrid': localgrid },
    fsCache: false,
    sourceMaps: true,
    interopDefault: false,
    transformOptions: { babel: { plugins: [propertyDecorators] } },
  })
  return () => jiti.import(file)
}
