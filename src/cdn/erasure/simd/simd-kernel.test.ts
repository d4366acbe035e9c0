import { afterEach, describe, expect, it, jest } from '@jest/globals'

import { kernelModule, MOST_ROWS } from './kernel-source.js'
import { createSimdKernel } from './simd-kernel.js'

afterEach(() => {
  jest.restoreAllMocks()
})

describe('the module', () => {
  it('is valid, small, and exports what it says', async () => {
    const bytes = kernelModule()
    expect(bytes.length).toBeLessThan(4096)
    const module = await WebAssembly.compile(bytes)
    expect(WebAssembly.Module.imports(module)).toEqual([])
    expect(WebAssembly.Module.exports(module)).toEqual([
      { name: 'sum', kind: 'function' },
      ...Array.from({ length: MOST_ROWS }, (_, i) => ({ name: `pass${i + 1}`, kind: 'function' })),
      { name: 'memory', kind: 'memory' },
    ])
  })

  it('is the same whenever it is made', () => {
    expect(kernelModule()).toEqual(kernelModule())
  })
})

describe('there is no kernel', () => {
  it('where the platform does not know the instructions', async () => {
    jest.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    expect(await createSimdKernel()).toBeUndefined()
  })

  it('where compiling is forbidden', async () => {
    const forbidden = new WebAssembly.CompileError('blocked by the content security policy')
    jest.spyOn(WebAssembly, 'instantiate').mockRejectedValue(forbidden)
    expect(await createSimdKernel()).toBeUndefined()
  })
})

describe('the kernel', () => {
  it('keeps memory in proportion to a stripe of each shard, not to the shards', async () => {
    const memories: WebAssembly.Memory[] = []
    const { instantiate } = WebAssembly
    jest.spyOn(WebAssembly, 'instantiate').mockImplementation((async (bytes: BufferSource) => {
      const result = await instantiate.call(WebAssembly, bytes)
      memories.push(
        (result as unknown as WebAssembly.WebAssemblyInstantiatedSource).instance.exports.memory as WebAssembly.Memory,
      )
      return result
    }) as unknown as typeof WebAssembly.instantiate)
    const kernel = await createSimdKernel()
    const shard = new Uint8Array(4 * 1024 * 1024)
    for (let round = 0; round < 3; round++)
      kernel?.combine([Uint8Array.of(1, 2, 3)], [shard, shard, shard], [new Uint8Array(shard.length)])
    expect(memories.map(memory => memory.buffer.byteLength)).toEqual([128 * 1024])
  })
})
