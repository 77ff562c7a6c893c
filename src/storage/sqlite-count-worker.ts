/** The thread that counts: one read-only connection, one statement, one answer per request, in order. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Instant } from '../shared/clock.ts'
import { countAll, toCounts } from './sql/counts.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import type { StoreCounts } from './storage.ts'

export type CountRequest = Instant
export type CountAnswer = { counts: StoreCounts } | { error: unknown }

const connection = new SqliteConnection(workerData as string, { readOnly: true, timeout: 5000 })

parentPort?.on('message', async (now: CountRequest) => {
  let answer: CountAnswer
  try {
    answer = { counts: toCounts((await connection.one(countAll, { now }))!) }
  } catch (error) {
    answer = { error }
  }
  parentPort?.postMessage(answer)
})
