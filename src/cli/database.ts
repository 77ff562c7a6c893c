/** The configured database, opened by a command while a server may be running on it. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { type Announcer, storingAnnouncer } from '../administration/announcer.ts'
import { type Config, loadConfig } from '../config/load.ts'
import type { Actor } from '../events/catalogue.ts'
import { type Clock, systemClock } from '../shared/clock.ts'
import { createIds, type Ids } from '../shared/ids.ts'
import { createSystemRandom, type Random } from '../shared/random.ts'
import { openStorage } from '../storage/open.ts'
import type { Storage } from '../storage/storage.ts'
import { CommandError } from './command-error.ts'
import { describeError } from './describe-error.ts'
import type { ProgramContext } from './program.ts'

export interface AdministrationTools {
  config: Config
  /**
   * The settings where the encryption key is needed. Most of what commands do needs none: whoever adds a client need not
   * hold what opens the signing keys. @throws {ConfigError} when none is set and one must be.
   */
  configWithKey(): Config
  storage: Storage
  announcer: Announcer
  actor: Actor
  clock: Clock
  random: Random
  ids: Ids
}

/** Opens the database, runs `body` and closes it. */
export async function withDatabase(
  { environment }: ProgramContext,
  body: (tools: AdministrationTools) => Promise<void>,
): Promise<void> {
  const load = (needsEncryptionKey: boolean): Config =>
    loadConfig(environment.values, { needsEncryptionKey }).config
  const config = load(false)
  const storage = await open(config.database)
  try {
    const clock = systemClock
    const random = createSystemRandom()
    const ids = createIds(clock, random)
    await body({
      config,
      configWithKey: () => load(true),
      storage,
      announcer: storingAnnouncer(clock, ids),
      actor: { type: 'command_line', name: callerName() },
      clock,
      random,
      ids,
    })
  } finally {
    await storage.close()
  }
}

async function open(database: Config['database']): Promise<Storage> {
  // Made here it would be another than the server's, and keep the first start from seeding an administrator.
  if (database.driver === 'sqlite' && !existsSync(database.dsn)) {
    throw new CommandError(
      `there is no database ${database.dsn}: start the server once, or set DATABASE_PATH to the one it uses`,
    )
  }
  try {
    return await openStorage(database, { onError: (error) => console.error(describeError(error)) })
  } catch (error) {
    throw new CommandError(`the database cannot be opened: ${describeError(error)}`, { cause: error })
  }
}

/** Who runs the command, for the audit log. A container may run under a user id that no name belongs to. */
export function callerName(read: () => { username: string } = userInfo): string {
  try {
    return read().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
