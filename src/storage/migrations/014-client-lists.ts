/**
 * What lists of clients are found by, and clients that people make for themselves. The kinds of origin stand in a check
 * of their column, which SQLite cannot change: another column takes its place.
 */
import type { Migration } from './migration.ts'

export const clientLists: Migration = {
  version: 14,
  name: 'client-lists',
  sql: ({ id }) => `
alter table clients add column made_by text not null default 'operator'
  check (made_by in ('operator', 'registration', 'metadata_document', 'self_service'));
update clients set made_by = origin;
alter table clients drop column origin;
alter table clients rename column made_by to origin;

-- The name as it is searched for; the names of older clients follow their next change where lower() knows ASCII only.
alter table clients add column name_key ${id} not null default '';
update clients set name_key = lower(name);
-- Searches by the beginning of a name.
create index clients_name on clients (name_key);
-- The lists of one status, one origin and one owner, newest first.
create index clients_status on clients (status, created_at, id);
create index clients_origin on clients (origin, created_at, id);
create index clients_owner on clients (created_by, created_at, id) where created_by is not null;

-- The people who allowed one client, newest first.
drop index consents_client;
create index consents_client on consents (client_id, id);
`,
}
