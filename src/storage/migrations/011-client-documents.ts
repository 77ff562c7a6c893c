/** Documents by which clients describe themselves at an address of their own (OAuth Client ID Metadata Document). */
import type { Migration } from './migration.ts'

export const clientDocuments: Migration = {
  version: 11,
  name: 'client-documents',
  sql: ({ id, bigint }) => `
create table client_documents (
  client_id ${id} not null primary key references clients (id) on delete cascade,
  etag text,
  last_modified text,
  digest ${id} not null,
  first_seen_at ${bigint} not null,
  fetched_at ${bigint} not null,
  fresh_until ${bigint} not null,
  ask_again_since ${bigint},
  withdrawn_at ${bigint}
);
-- Clean-up. A document that is used moves to its end once a day.
create index client_documents_fetched on client_documents (fetched_at);
-- The second look at those that are gone.
create index client_documents_withdrawn on client_documents (withdrawn_at) where withdrawn_at is not null;

-- Whether the client proved itself although it need not, and so has to go on doing.
alter table grants add column client_proved integer not null default 0;
`,
}
