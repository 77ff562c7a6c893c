/** Servers of other makers as child processes: started by us, stopped by us, by their own process id. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Environment of a child that may be killed. Node hands the wish for coverage on to every child, and one that is killed
 * leaves an empty file, which makes the report of all the others fail.
 */
export const noCoverage = { NODE_V8_COVERAGE: '' }

/** Asks each signal in turn to end the process, giving it the time named. Resolves when it has ended. */
export async function endProcess(
  child: ChildProcess,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'],
  patienceMs = 10_000,
): Promise<void> {
  for (const signal of signals) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await Promise.race([ended, delay(patienceMs, undefined, { ref: false })])
  }
}

/**
 * Tries until `ready` resolves to true.
 *
 * @throws {Error} when the process ends first or the time is up, with what `explain` knows.
 */
export async function untilReady(
  child: ChildProcess,
  ready: () => Promise<boolean>,
  explain: () => string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${child.spawnfile} ended before it was ready:\n${explain()}`)
    }
    if (await ready().catch(() => false)) return
    if (performance.now() > deadline) {
      throw new Error(`${child.spawnfile} was not ready after ${timeoutMs / 1000} s:\n${explain()}`)
    }
    await delay(50)
  }
}
