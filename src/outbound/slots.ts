/** How many outbound requests run at once: few for one host, some in all, and the others wait their turn for a moment. */
import { OutboundError } from './outbound.ts'

export interface Slots {
  /**
   * Runs `work` when a slot for `host` is free.
   * @param signal ends the wait.
   * @throws {OutboundError} busy when too many wait already, or the wait was ended.
   */
  run<T>(host: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  host: string
  start: () => void
}

export function createSlots(limits: { perHost: number; total: number; waiting: number }): Slots {
  const perHost = new Map<string, number>()
  const queue = new Set<Waiting>()
  let running = 0

  const isFree = (host: string): boolean =>
    running < limits.total && (perHost.get(host) ?? 0) < limits.perHost
  const enter = (host: string): void => {
    running++
    perHost.set(host, (perHost.get(host) ?? 0) + 1)
  }
  const leave = (host: string): void => {
    running--
    const left = perHost.get(host)! - 1
    if (left > 0) perHost.set(host, left)
    else perHost.delete(host)
    for (const waiting of queue) {
      if (!isFree(waiting.host)) continue
      queue.delete(waiting)
      // Taken here and not when it wakes up: others could come in between.
      enter(waiting.host)
      waiting.start()
      return
    }
  }
  const wait = (host: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        queue.delete(waiting)
        reject(new OutboundError('busy'))
      }
      const waiting: Waiting = {
        host,
        start: () => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      if (queue.size >= limits.waiting || signal.aborted) {
        reject(new OutboundError('busy'))
        return
      }
      queue.add(waiting)
      signal.addEventListener('abort', giveUp, { once: true })
    })

  return {
    async run(host, signal, work) {
      if (isFree(host)) enter(host)
      else await wait(host, signal)
      try {
        return await work()
      } finally {
        leave(host)
      }
    },
  }
}
