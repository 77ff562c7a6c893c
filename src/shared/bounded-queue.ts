/** Work that waits its turn, and is turned away when too much waits already. */

export interface BoundedQueue {
  /**
   * Runs `work` as soon as fewer than the allowed number run, in order of arrival.
   * @returns `undefined` when the queue is full; the work is not started then.
   */
  run<T>(work: () => Promise<T>): Promise<T> | undefined
}

export function createBoundedQueue(options: { concurrency: number; maxWaiting: number }): BoundedQueue {
  const waiting: (() => void)[] = []
  let running = 0

  const next = (): void => {
    running--
    waiting.shift()?.()
  }
  return {
    run(work) {
      if (running < options.concurrency) {
        running++
        return work().finally(next)
      }
      if (waiting.length >= options.maxWaiting) return undefined
      return new Promise<void>((resolve) => {
        waiting.push(() => {
          running++
          resolve()
        })
      })
        .then(work)
        .finally(next)
    },
  }
}
