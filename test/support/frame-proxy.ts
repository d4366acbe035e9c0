/**
 * A proxy between a client and a chain that sees every JSON-RPC frame and may lose it, change it, or cut the line
 * before or after it: what networks do, at the moment a test needs it.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { WebSocket, WebSocketServer } from 'ws'

export interface Frame {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

/** What becomes of a frame. `cut` ends the line instead of passing it, `pass-and-cut` after passing it. */
export type Verdict = 'pass' | 'lose' | 'cut' | 'pass-and-cut' | { readonly replaceBy: string }

export interface FrameProxy {
  readonly url: string
  /** Each question of the client, before the chain sees it. */
  onQuestion: (frame: Frame) => Verdict
  /** Each answer and notification; `method` of an answer is that of its question. */
  onAnswer: (frame: Frame) => Verdict
  /** Methods asked so far. */
  readonly asked: string[]
  connections(): number
  /** Cuts every line. */
  cut(): void
  /** Sends whoever connects from now on to another chain. */
  redirect(target: string): void
  close(): Promise<void>
}

export async function frameProxy(target: string): Promise<FrameProxy> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const lines = new Set<() => void>()
  let connections = 0
  let goal = target

  const proxy: FrameProxy = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onQuestion: () => 'pass',
    onAnswer: () => 'pass',
    asked: [],
    connections: () => connections,
    cut: () => {
      for (const cut of [...lines]) cut()
    },
    redirect: to => {
      goal = to
    },
    close: async () => {
      proxy.cut()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }

  server.on('connection', near => {
    connections++
    const far = new WebSocket(goal)
    const questions = new Map<number, string>()
    const waiting: string[] = []
    const cut = () => {
      lines.delete(cut)
      near.terminate()
      far.terminate()
    }
    lines.add(cut)
    for (const side of [near, far]) {
      side.on('error', cut)
      side.on('close', cut)
    }
    const pass = (to: WebSocket, text: string, verdict: Verdict) => {
      if (verdict === 'cut') cut()
      else if (verdict === 'pass-and-cut') to.send(text, cut)
      else if (verdict !== 'lose') to.send(typeof verdict === 'object' ? verdict.replaceBy : text)
    }
    const ask = (text: string) => {
      const frame = JSON.parse(text) as Frame
      proxy.asked.push(frame.method ?? '')
      questions.set(frame.id ?? -1, frame.method ?? '')
      pass(far, text, proxy.onQuestion(frame))
    }
    near.on('message', data => {
      if (far.readyState === WebSocket.OPEN) ask(data.toString())
      else waiting.push(data.toString())
    })
    far.on('open', () => {
      for (const text of waiting.splice(0)) ask(text)
    })
    far.on('message', data => {
      const frame = JSON.parse(data.toString()) as Frame
      const method = frame.method ?? questions.get(frame.id ?? -1)
      pass(near, data.toString(), proxy.onAnswer({ ...frame, ...(method === undefined ? {} : { method }) }))
    })
  })
  return proxy
}
