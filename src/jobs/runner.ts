/** Background work at a steady pace: one run at a time, never keeping the process alive, stopped before shutdown. */

export interface Job {
  name: string
  everySeconds: number
  /** Whether to run once at once, instead of after the first interval. */
  immediately?: boolean
  run(): Promise<void>
}

export interface JobRunner {
  /** Stops scheduling and resolves when what is running has finished. */
  stop(): Promise<void>
}

/** Longest delay a timer can take, 24 days; what has a longer interval runs this often. */
const maxTimerMilliseconds = 2 ** 31 - 1

export function startJobs(jobs: readonly Job[], onError: (job: string, error: unknown) => void): JobRunner {
  const running = new Set<Promise<void>>()
  const timers = jobs.map((job) => {
    let busy = false
    const run = (): void => {
      if (busy) return
      busy = true
      const finished = job
        .run()
        .catch((error: unknown) => onError(job.name, error))
        .finally(() => {
          busy = false
          running.delete(finished)
        })
      running.add(finished)
    }
    if (job.immediately === true) run()
    const timer = setInterval(run, Math.min(job.everySeconds * 1000, maxTimerMilliseconds))
    timer.unref()
    return timer
  })
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}
