/** `/healthz`, `/metrics` and `/openapi.yaml`. */
import { Deadline } from '../../../core/deadline.js'
import { RegistryError } from '../../../errors/registry.js'
import { openapiYaml } from '../openapi/document.js'
import { type Answer, errorAnswer, jsonAnswer, READ_BY_ANYONE } from './reply.js'
import type { ServiceParts } from './service.js'

const HEALTH_MS = 2_000

/** 503 as long as blobs cannot be kept, and from the moment the service is told to end: load balancers then stop sending. */
export async function healthPage(withBody: boolean, { store, isClosing }: ServiceParts): Promise<Answer> {
  const answer = await health()
  return withBody ? answer : withoutBody(answer)

  async function health(): Promise<Answer> {
    const headers = { 'cache-control': 'no-store' }
    if (isClosing()) return errorAnswer(new RegistryError('REGISTRY_CLOSING', 'the registry is being stopped'))
    try {
      await new Deadline(`the ${store.kind} store to answer`, HEALTH_MS).race(store.check())
      return jsonAnswer(200, { status: 'ok', store: store.kind }, headers)
    } catch (cause) {
      const hint = store.kind === 'postgres' ? 'look after the database' : 'look after the folder and its disk'
      return errorAnswer(
        new RegistryError('REGISTRY_STORE', `the ${store.kind} store does not answer`, { hint, cause }),
      )
    }
  }
}

export function metricsPage(withBody: boolean, { metrics }: ServiceParts): Answer {
  return page(metrics.text(), 'text/plain; version=0.0.4; charset=utf-8', 'no-store', withBody)
}

export function documentPage(withBody: boolean): Answer {
  const answer = page(openapiYaml, 'application/yaml', 'public, max-age=3600', withBody)
  return { ...answer, headers: { ...answer.headers, ...READ_BY_ANYONE } }
}

function page(body: string, contentType: string, cacheControl: string, withBody: boolean): Answer {
  const headers = {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': cacheControl,
  }
  return withBody ? { status: 200, headers, body } : { status: 200, headers }
}

function withoutBody({ status, headers }: Answer): Answer {
  return { status, headers }
}
