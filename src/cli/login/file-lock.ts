/** One process at a time with a file: a lock file beside it, which one that was killed cannot hold for ever. */
import { open, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const retryMs = 50
/** Longer than everything that is done under a lock may take. */
const abandonedAfterMs = 60_000

/**
 * Runs `body` while no other process does so for the same `path`. Two that both take over an abandoned lock may meet, which
 * needs a killed process and a race: what is done under it must bear that.
 */
export async function withFileLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (await isAbandoned(lock)) await rm(lock, { force: true })
    else await delay(retryMs)
  }
  try {
    return await body()
  } finally {
    await rm(lock, { force: true })
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs > abandonedAfterMs
  } catch {
    // It was given back meanwhile.
    return false
  }
}
