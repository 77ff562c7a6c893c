/** Opens the storage that the settings name. Only the driver in use is loaded. */
import type { Config } from '../config/load.ts'
import type { Storage } from './storage.ts'

export interface OpenOptions {
  /** Told about faults that no caller waits for, such as an idle connection that broke. */
  onError?: (error: Error) => void
}

/**
 * Connects and brings the schema up to date, one process at a time.
 * @throws when the database does not answer in time or must not be touched.
 */
export async function openStorage(config: Config['database'], options: OpenOptions = {}): Promise<Storage> {
  if (config.driver === 'postgres') {
    const { openPostgresStorage } = await import('./postgres.ts')
    return openPostgresStorage({ ...config, onError: options.onError ?? (() => undefined) })
  }
  const { openSqliteStorage } = await import('./sqlite.ts')
  return openSqliteStorage({
    path: config.dsn,
    synchronous: config.synchronous,
    lockTimeoutSeconds: config.initTimeoutSeconds,
  })
}
