import { describe, expect, it } from '@jest/globals'

import { utf8 } from '../../../core/bytes.js'
import { Overlay } from './overlay.js'

describe('a node on the overlays', () => {
  const overlay = new Overlay(() => utf8('0'.repeat(32)))

  it('has the Yggdrasil address of its key', () => {
    // Source: threefoldtech/zosbase pkg/network/yggdrasil/yygdrasil_test.go
    expect(overlay.yggdrasilAddress).toBe('203:45bf:8a48:8361:c04c:1321:ea32:50ad')
  })

  it('gives machines addresses in its own subnet, each its own and always the same', () => {
    const first = overlay.planetaryAddress('7-1-vm')
    expect(first).toMatch(/^303:45bf:8a48:8361:/)
    expect(overlay.planetaryAddress('7-1-vm')).toBe(first)
    expect(overlay.planetaryAddress('7-1-vm2')).not.toBe(first)
  })
})
