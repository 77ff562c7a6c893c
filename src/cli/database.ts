/** What the administrative commands share: the configured database, opened while a server may be running on it. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { type Announcer, storingAnnouncer } from '../administration/announcer.ts'
import { InvalidInput } from '../administration/invalid-input.ts'
import { type Config, ConfigError, loadConfig } from '../config/load.ts'
import type { Actor } from '../events/catalogue.ts'
import { type Clock, systemClock } from '../shared/clock.ts'
import { createIds, type Ids } from '../shared/ids.ts'
import { createSystemRandom, type Random } from '../shared/random.ts'
import { openStorage } from '../storage/open.ts'
import { AlreadyExists, type Storage } from '../storage/storage.ts'
import { describeError } from './describe-error.ts'
import type { ProgramContext } from './program.ts'

export interface AdministrationTools {
  config: Config
  storage: Storage
  announcer: Announcer
  actor: Actor
  clock: Clock
  random: Random
  ids: Ids
}

/** A mistake of whoever called the command: said in one line, without a stack. */
export class CommandError extends Error {}

/** Opens the database, runs `body`, closes it, and turns expected errors into one clear line and exit status 1. */
export async function withDatabase(
  { environment }: ProgramContext,
  body: (tools: AdministrationTools) => Promise<void>,
  // Most of what these commands do needs no key: whoever adds a client need not hold what opens the signing keys.
  purpose: { needsEncryptionKey: boolean } = { needsEncryptionKey: false },
): Promise<void> {
  try {
    const { config } = loadConfig(environment.values, purpose)
    const storage = await open(config.database)
    try {
      const clock = systemClock
      const random = createSystemRandom()
      const ids = createIds(clock, random)
      const actor: Actor = { type: 'command_line', name: callerName() }
      await body({ config, storage, announcer: storingAnnouncer(clock, ids), actor, clock, random, ids })
    } finally {
      await storage.close()
    }
  } catch (error) {
    if (!isExpected(error)) throw error
    console.error(`authgate: ${error.message}`)
    process.exitCode = 1
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

function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigError ||
    error instanceof CommandError ||
    error instanceof InvalidInput ||
    error instanceof AlreadyExists
  )
}

/** Aligned `name  value` lines, without the values that are not there. */
export function printFields(fields: Readonly<Record<string, string | undefined>>): void {
  const shown = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  for (const [name, value] of shown) console.log(`${name.padEnd(width)}  ${value}`)
}

/** Columns as wide as their widest cell. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of [header, ...rows]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  }
}
