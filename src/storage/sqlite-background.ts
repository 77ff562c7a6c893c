/**
 * Work on a SQLite file that must not stop the event loop, in a worker thread with a connection of its own: counting,
 * which takes longer the more rows there are, and checkpoints, which wait for the disk. The thread starts when it is
 * first needed and is replaced when it breaks.
 */
import { Worker } from 'node:worker_threads'
import type { Instant } from '../shared/clock.ts'
import type { BackgroundRequest, CountAnswer } from './sqlite-background-worker.ts'
import type { StoreCounts } from './storage.ts'

/**
 * A checkpoint follows the first of some commits by this much. A page that many commits write is moved once, and each
 * checkpoint waits twice for the disk, for which commits then wait too: rare ones cost and hold up less.
 */
const checkpointMilliseconds = 1000

interface Waiting {
  resolve: (counts: StoreCounts) => void
  reject: (error: unknown) => void
}

export class SqliteBackground {
  readonly #path: string
  #worker: Worker | undefined
  #checkpointTimer: NodeJS.Timeout | undefined
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
      this.#worker.postMessage({ count: now } satisfies BackgroundRequest)
    })
  }

  /** To be told after each commit. */
  noteCommit(): void {
    this.#checkpointTimer ??= setTimeout(() => {
      this.#checkpointTimer = undefined
      this.#worker ??= this.#start()
      this.#worker.postMessage('checkpoint' satisfies BackgroundRequest)
    }, checkpointMilliseconds).unref()
  }

  async close(): Promise<void> {
    clearTimeout(this.#checkpointTimer)
    const worker = this.#worker
    if (worker === undefined) return
    this.#fail(worker, new Error('the database is closed'))
    await worker.terminate()
  }

  #start(): Worker {
    // The compiled worker lies beside this, in the bundle as well. It holds one query and five numbers.
    const file = new URL('./sqlite-background-worker.js', import.meta.url)
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }
    const worker = new Worker(file, { workerData: this.#path, resourceLimits })
    worker.on('message', (answer: CountAnswer) => {
      const waiting = this.#waiting.shift()
      if (this.#waiting.length === 0) worker.unref()
      if ('counts' in answer) waiting?.resolve(answer.counts)
      else waiting?.reject(new Error('counting failed', { cause: answer.error }))
    })
    worker.unref()
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', () => this.#fail(worker, new Error('the background thread ended')))
    return worker
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}
