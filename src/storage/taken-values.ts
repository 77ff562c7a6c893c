/** Turns a database's word for "this unique value is taken" into ours. */
import type { Dialect } from './dialect.ts'
import { AlreadyExists } from './storage.ts'

/** What a unique value is called, by `table.column`; one of several columns by its first. */
const names: Readonly<Record<string, string>> = {
  'accounts.id': 'account id',
  'accounts.username': 'username',
  'accounts.email_key': 'email',
  'totp_factors.account_id': 'authenticator app',
  'passkeys.credential_id': 'passkey',
  'clients.id': 'client id',
  'identity_connections.source': 'identity',
  'identity_connections.account_id': 'connection of this source',
  'resources.identifier': 'resource',
}

/** @returns {@link AlreadyExists} with the error as its cause, or the error itself when it means something else. */
export function translateTaken(dialect: Dialect, error: unknown): unknown {
  const column = dialect.takenColumn(error)
  return column === undefined ? error : new AlreadyExists(names[column] ?? column, { cause: error })
}
