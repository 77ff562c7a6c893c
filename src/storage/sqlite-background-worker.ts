/** The thread beside the event loop: counts the rows behind the gauges and moves committed pages into the database. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Instant } from '../shared/clock.ts'
import { countAll, toCounts } from './sql/counts.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import type { StoreCounts } from './storage.ts'

/** Counts are answered, in order; a checkpoint is not. */
export type BackgroundRequest = { count: Instant } | 'checkpoint'
export type CountAnswer = { counts: StoreCounts } | { error: unknown }

/** A log of more pages than this, 8 MiB, is started over once it has been moved. */
const longLogPages = 2048

const connection = new SqliteConnection(workerData as string, { timeout: 5000 })
const checkpoint = connection.database.prepare('pragma wal_checkpoint(passive)')
const restart = connection.database.prepare('pragma wal_checkpoint(restart)')

parentPort?.on('message', async (request: BackgroundRequest) => {
  if (request === 'checkpoint') {
    // Passive: moves what nobody needs in the log any more and waits for nobody. Under load more has been committed by
    // then, so that the log would grow for ever; starting it over locks writers out while that little is moved.
    const { log } = checkpoint.get() as { log: number }
    if (log > longLogPages) restart.get()
    return
  }
  let answer: CountAnswer
  try {
    answer = { counts: toCounts((await connection.one(countAll, { now: request.count }))!) }
  } catch (error) {
    answer = { error }
  }
  parentPort?.postMessage(answer)
})
