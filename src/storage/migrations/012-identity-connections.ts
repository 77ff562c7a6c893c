/** Which identities at outside sources lead to which account. Nothing that a source issued is kept: no token, no code. */
import type { Migration } from './migration.ts'

export const identityConnections: Migration = {
  version: 12,
  name: 'identity-connections',
  sql: ({ id, bigint }) => `
create table identity_connections (
  id ${id} not null primary key,
  account_id ${id} not null references accounts (id) on delete cascade,
  source ${id} not null,
  issuer ${id} not null,
  subject ${id} not null,
  username text,
  email text,
  linked_at ${bigint} not null,
  last_used_at ${bigint},
  -- An identity leads to one account.
  unique (source, issuer, subject),
  -- An account has one identity of each source.
  unique (account_id, source)
);
`,
}
