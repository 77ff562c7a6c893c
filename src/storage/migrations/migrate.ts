/**
 * Brings a database to the newest schema, forward only, each step in a transaction of its own. Refuses what it must
 * not touch: a database made by a newer release, one whose steps are not ours, and one of the Go implementation.
 */
import { hash } from 'node:crypto'
import type { Dialect } from '../dialect.ts'
import { initial } from './001-initial.ts'
import { authorization } from './002-authorization.ts'
import { usedValues } from './003-used-values.ts'
import { emailVerified } from './004-email-verified.ts'
import { signingKeyStages } from './005-signing-key-stages.ts'
import { userCodesInTheirGrants } from './006-user-codes-in-their-grants.ts'
import { backchannelLogout } from './007-backchannel-logout.ts'
import { clientRegistrations } from './008-client-registrations.ts'
import { exchangedTokens } from './009-exchanged-tokens.ts'
import { resources } from './010-resources.ts'
import { clientDocuments } from './011-client-documents.ts'
import { identityConnections } from './012-identity-connections.ts'
import { strongSignIn } from './013-strong-sign-in.ts'
import { clientLists } from './014-client-lists.ts'
import { peopleAndTokens } from './015-people-and-tokens.ts'
import { activity } from './016-activity.ts'
import { operatorsOnMcp } from './017-mcp.ts'
import { indexesOfLists } from './018-indexes-of-lists.ts'
import { expiredRegistrations } from './019-expired-registrations.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [
  initial,
  authorization,
  usedValues,
  emailVerified,
  signingKeyStages,
  userCodesInTheirGrants,
  backchannelLogout,
  clientRegistrations,
  exchangedTokens,
  resources,
  clientDocuments,
  identityConnections,
  strongSignIn,
  clientLists,
  peopleAndTokens,
  activity,
  operatorsOnMcp,
  indexesOfLists,
  expiredRegistrations,
]

/** A connection as migrating needs it; the caller holds the lock that keeps other processes from migrating. */
export interface MigrationTarget {
  readonly dialect: Dialect
  /** Runs statements that return nothing. */
  execute(sql: string): Promise<void>
  query<Row>(sql: string): Promise<Row[]>
  hasTable(name: string): Promise<boolean>
  /** Whether the tables of the Go implementation are in this database. */
  holdsGoTables(): Promise<boolean>
  /** Makes what the tables live in, where that is not there from the start. */
  createSchema?(): Promise<void>
}

interface AppliedMigration {
  version: number
  name: string
  checksum: string
}

/**
 * @param steps what to bring the database to; tests hand in their own.
 * @returns the versions applied by this call.
 */
export async function migrate(
  target: MigrationTarget,
  steps: readonly Migration[] = migrations,
): Promise<number[]> {
  const fresh = !(await target.hasTable('schema_migrations'))
  if (fresh) {
    if (await target.holdsGoTables()) {
      throw new Error(
        'This database holds the tables of the Go implementation of AuthGate, which are left alone. ' +
          'Choose another database and bring the data over with: authgate import --from <its DSN>',
      )
    }
    await target.createSchema?.()
    const { id, bigint } = target.dialect.types
    await target.execute(
      `create table schema_migrations (version integer not null primary key, name text not null, checksum ${id} not null, applied_at ${bigint} not null)`,
    )
  }
  const applied = await target.query<AppliedMigration>(
    'select version, name, checksum from schema_migrations order by version',
  )
  const newest = steps.length
  for (const { version, name, checksum } of applied) {
    const step = steps[version - 1]
    if (step === undefined) {
      throw new Error(
        `This database has schema version ${applied.at(-1)!.version}, this release knows ${newest}: it was used by a newer release. Start that release, or restore a backup made before it.`,
      )
    }
    if (checksum !== checksumOf(step, target.dialect)) {
      throw new Error(
        `Schema version ${version} (${name}) of this database is not the one of this release. Restore a backup, or start the build that made it.`,
      )
    }
  }
  const missing = steps.slice(applied.length)
  for (const step of missing) {
    const { version, name } = step
    await target.execute(
      `begin;
${step.sql(target.dialect.types)}
insert into schema_migrations (version, name, checksum, applied_at)
  values (${version}, '${name}', '${checksumOf(step, target.dialect)}', ${target.dialect.now});
commit;`,
    )
  }
  return missing.map((step) => step.version)
}

function checksumOf(step: Migration, dialect: Dialect): string {
  return hash('sha256', step.sql(dialect.types), 'base64url')
}
