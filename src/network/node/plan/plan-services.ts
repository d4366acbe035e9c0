/** Services: those that must go are stopped first of all, those that are wanted start last. */
import { fingerprintOf } from '../services/fingerprint.js'
import type { ServiceSpec } from '../services/port.js'
import { placeKey } from '../simulate/edit-state.js'
import { type DesiredState, ROOT } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { surplusNamespaces } from './clear-the-way.js'
import { WIREGUARD_SERVICE } from './wireguard-service.js'

export function stopServices(desired: DesiredState, observed: ObservedState): readonly Operation[] {
  const kept = new Set([
    ...desired.services.map(({ name }) => name),
    ...desired.namespaces.flatMap(({ links }) => links.map(({ name }) => `${WIREGUARD_SERVICE}${name}`)),
    ...linksThatStopTheirs(desired, observed),
  ])
  const surplus = observed.services.filter(({ name }) => !kept.has(name)).reverse()
  const orphaned = desired.services
    .filter(({ name, namespace }) => isRunning(name, observed) && isNew(namespace, observed))
    .reverse()
  return [
    ...surplus.map(({ name }): Operation => ({ kind: 'service-stop', name, because: `service ${name} is not wanted` })),
    ...orphaned.map(
      ({ name, namespace }): Operation => ({
        kind: 'service-stop',
        name,
        because: `the namespace ${namespace} that service ${name} ran in is gone`,
      }),
    ),
  ]
}

/** @param made the operations that make links: or change their MAC: a service of such a link does not know it */
export function startServices(
  desired: DesiredState,
  observed: ObservedState,
  made: readonly Operation[],
): readonly Operation[] {
  const newLinks = new Set(made.flatMap(operation => linksMadeBy(operation)))
  return inOrder(desired.services).flatMap((service): Operation[] => {
    const now = observed.services.find(({ name }) => name === service.name)
    const start = (because: string): Operation => ({ kind: 'service-start', service, because })
    const { name, namespace } = service
    if (!now || now.state === 'stopped') return [start(`service ${name} does not run`)]
    if (isNew(namespace, observed)) return [start(`service ${name} ran in a namespace that is gone`)]
    if (now.fingerprint !== fingerprintOf(service)) return [start(`service ${name} was started otherwise`)]
    const link = service.command.find(word => newLinks.has(placeKey({ namespace, name: word })))
    if (link === undefined) return []
    const because = `link ${link} of service ${name} is another`
    return [{ kind: 'service-stop', name, because }, start(because)]
  })
}

/** Each after those that it names; one that names itself in a circle comes where it stands. */
function inOrder(services: readonly ServiceSpec[]): readonly ServiceSpec[] {
  const byName = new Map(services.map(service => [service.name, service]))
  const ordered = new Set<ServiceSpec>()
  const entered = new Set<string>()
  const enter = (service: ServiceSpec): void => {
    if (entered.has(service.name)) return
    entered.add(service.name)
    for (const name of service.after ?? []) {
      const before = byName.get(name)
      if (before) enter(before)
    }
    ordered.add(service)
  }
  services.forEach(enter)
  return [...ordered]
}

/** Deleting a link of ours ends its service, unless its namespace is what goes. */
function linksThatStopTheirs(desired: DesiredState, observed: ObservedState): readonly string[] {
  const going = new Set(surplusNamespaces(desired, observed).map(({ name }) => name))
  const wanted = new Set(desired.namespaces.map(({ name }) => name))
  return observed.namespaces
    .filter(({ name, marked }) => !going.has(name) && (name === ROOT || marked || wanted.has(name)))
    .flatMap(({ links }) => links.filter(({ mark }) => mark !== undefined))
    .map(({ name }) => `${WIREGUARD_SERVICE}${name}`)
}

function linksMadeBy(operation: Operation): readonly string[] {
  // With another MAC it is another client to a DHCP server.
  if (operation.kind === 'link-set' && operation.settings.mac !== undefined) return [placeKey(operation)]
  if (operation.kind === 'link-move') return [placeKey({ namespace: operation.to, name: operation.name })]
  if (operation.kind !== 'link-add') return []
  const { namespace, link } = operation
  const made = placeKey({ namespace, name: link.name })
  return link.kind === 'veth' ? [made, placeKey(link.peer)] : [made]
}

function isRunning(name: string, observed: ObservedState): boolean {
  return observed.services.some(service => service.name === name && service.state !== 'stopped')
}

function isNew(namespace: string, observed: ObservedState): boolean {
  return !observed.namespaces.some(({ name }) => name === namespace)
}
