/** Which registered clients were ended because nobody used them, so that their programs can be told. */
import type { Migration } from './migration.ts'

export const expiredRegistrations: Migration = {
  version: 19,
  name: 'expired-registrations',
  sql: ({ id, bigint }) => `
create table expired_registrations (
  client_id ${id} not null primary key,
  expired_at ${bigint} not null
);
-- Clean-up.
create index expired_registrations_expired_at on expired_registrations (expired_at);
`,
}
