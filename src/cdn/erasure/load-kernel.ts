/** Chooses the kernel. Runs in a browser. */
import { once } from '../../core/once.js'
import { InputError } from '../../errors/input.js'
import type { Kernel } from './kernel.js'
import { createPortableKernel } from './portable/portable-kernel.js'
import { createSimdKernel } from './simd/simd-kernel.js'

/** Kernels work in one go and keep nothing between calls, so one of each serves all codes. */
const simd = once(createSimdKernel)
const portable = once(async () => createPortableKernel())

/** @throws {InputError} INPUT_OPTION when SIMD is demanded and there is none */
export async function loadKernel(wanted: Kernel['name'] | 'any'): Promise<Kernel> {
  if (wanted === 'portable') return portable()
  const kernel = await simd()
  if (kernel) return kernel
  if (wanted === 'simd') throw new InputError('INPUT_OPTION', 'there is no SIMD in the WebAssembly of this platform')
  return portable()
}
