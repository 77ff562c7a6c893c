/**
 * Values that may be used once, such as the `jti` of a client's assertion (RFC 7523 §3). They are random by nature, so
 * the table is kept small: a row is needed for minutes.
 */
import type { Migration } from './migration.ts'

export const usedValues: Migration = {
  version: 3,
  name: 'used-values',
  sql: ({ id, bigint }) => `
create table used_values (
  digest ${id} not null primary key,
  expires_at ${bigint} not null
);
-- Clean-up.
create index used_values_expiry on used_values (expires_at);
`,
}
