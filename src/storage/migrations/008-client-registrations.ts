/** What clients that registered themselves need (RFC 7591, RFC 7592): their access token, and when they were last used. */
import type { Migration } from './migration.ts'

export const clientRegistrations: Migration = {
  version: 8,
  name: 'client-registrations',
  sql: ({ id, bigint }) => `
create table client_registrations (
  client_id ${id} not null primary key references clients (id) on delete cascade,
  access_token_digest ${id} not null,
  idle_since ${bigint} not null,
  used integer not null
);
-- Clean-up. A client that is used moves to its end once a day.
create index client_registrations_idle on client_registrations (idle_since);
`,
}
