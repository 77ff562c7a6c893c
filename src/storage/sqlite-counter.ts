/**
 * Counting on SQLite is synchronous and takes longer the more rows there are, so a file is counted by a worker
 * thread with a connection of its own. It starts with the first count and is replaced when it breaks.
 */
import { Worker } from 'node:worker_threads'
import type { Instant } from '../shared/clock.ts'
import type { CountAnswer, CountRequest } from './sqlite-count-worker.ts'
import type { StoreCounts } from './storage.ts'

interface Waiting {
  resolve: (counts: StoreCounts) => void
  reject: (error: unknown) => void
}

export class SqliteCounter {
  readonly #path: string
  #worker: Worker | undefined
  readonly #waiting: Waiting[] = []

  constructor(path: string) {
    this.#path = path
  }

  count(now: Instant): Promise<StoreCounts> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#start()
      this.#waiting.push({ resolve, reject })
      // Only a count under way keeps the process alive.
      this.#worker.ref()
      this.#worker.postMessage(now satisfies CountRequest)
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#fail(worker, new Error('the database is closed'))
    await worker.terminate()
  }

  #start(): Worker {
    // The compiled worker lies beside this, in the bundle as well. It holds one query and five numbers.
    const file = new URL('./sqlite-count-worker.js', import.meta.url)
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }
    const worker = new Worker(file, { workerData: this.#path, resourceLimits })
    worker.on('message', (answer: CountAnswer) => {
      const waiting = this.#waiting.shift()
      if (this.#waiting.length === 0) worker.unref()
      if ('counts' in answer) waiting?.resolve(answer.counts)
      else waiting?.reject(new Error('counting failed', { cause: answer.error }))
    })
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', () => this.#fail(worker, new Error('the counting thread ended')))
    return worker
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}
