/** Registers with jest that nothing is printed in any test of the file, by the library or by anything below it. */
import { afterEach, beforeEach, expect, jest } from '@jest/globals'

const NOISE = ['log', 'info', 'warn', 'error', 'debug'] as const

/** @param tearDown ends what a test has opened, before the silence is judged */
export function expectNoNoise(tearDown: () => Promise<void>): void {
  beforeEach(() => {
    for (const kind of NOISE) jest.spyOn(console, kind).mockImplementation(() => {})
  })
  afterEach(async () => {
    await tearDown()
    for (const kind of NOISE) expect(console[kind]).not.toHaveBeenCalled()
    jest.restoreAllMocks()
  })
}
