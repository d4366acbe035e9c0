/** A plausible machine: what its BIOS tables say, and how its modules are. The same for a node every time. */
import type { NodeSpec } from '../spec.js'

const GIB = 1n << 30n
const MODULES = [
  'storage',
  'node',
  'identityd',
  'vmd',
  'flist',
  'network',
  'container',
  'provision',
  'gateway',
  'qsfsd',
]
const WORKERS = 10

interface Property {
  readonly value: string
  readonly items?: readonly string[]
}

/** The shape of `dmidecode`, as a node decodes it. */
export function describeHardware(spec: NodeSpec) {
  const serial = `LG-${String(spec.nodeId).padStart(8, '0')}`
  return {
    tooling: { aggregator: 'dmidecode', decoder: '0-core Go dmidecode v0.1.0' },
    sections: [
      section(0, 'BIOS Information', 'BIOS', {
        Vendor: 'Hyphae',
        Version: '1.0',
        Characteristics: { value: '', items: ['ACPI is supported', 'UEFI is supported'] },
      }),
      section(1, 'System Information', 'System', {
        Manufacturer: 'Hyphae',
        'Product Name': `local grid ${spec.kind} node`,
        'Serial Number': serial,
      }),
      section(4, 'Processor Information', 'Processor', {
        'Socket Designation': 'CPU 0',
        Type: 'Central Processor',
        'Core Count': String(spec.resources.cru),
      }),
      section(17, 'Memory Device', 'MemoryDevice', { Size: `${spec.resources.mru / GIB} GB`, Type: 'DDR4' }),
    ],
  }
}

function section(typenum: number, title: string, typestr: string, properties: Record<string, string | Property>) {
  const entries = Object.entries(properties).map(([name, value]) => [
    name,
    typeof value === 'string' ? { value } : value,
  ])
  return {
    handleline: `Handle 0x${typenum.toString(16).padStart(4, '0')}, DMI type ${typenum}`,
    typestr,
    typenum,
    subsections: [{ title, properties: Object.fromEntries(entries) as Record<string, Property> }],
  }
}

/** Every module answers and has nothing to do. A light node has no gateway that idles and no qsfsd at all. */
export function describeModules(light: boolean) {
  const worker = { state: 'free', time: '2024-01-01T00:00:00Z' }
  const modules = MODULES.map(name => {
    const objects = light && name === 'qsfsd' ? [] : [{ Name: name, Version: '0.0.1' }]
    return [name, { status: { objects, workers: Array.from({ length: WORKERS }, () => worker) } }]
  })
  return { system_status_ok: true, modules: Object.fromEntries(modules) as Record<string, unknown>, healthy: true }
}
