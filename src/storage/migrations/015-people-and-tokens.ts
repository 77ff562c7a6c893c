/**
 * What lists of accounts and of tokens are found by. Token tables are written with every request, so each index on them
 * holds what is rare: tokens that an act took out of use.
 */
import type { Migration } from './migration.ts'

export const peopleAndTokens: Migration = {
  version: 15,
  name: 'people-and-tokens',
  sql: ({ id }) => `
-- The full name as it is searched for. SQLite's lower() knows ASCII only: names that are there with other capital
-- letters are found by them in any case once they are saved again.
alter table accounts add column full_name_key ${id} not null default '';
update accounts set full_name_key = lower(full_name);
-- Searches by the beginning of a name; user names and addresses have their unique indexes.
create index accounts_full_name on accounts (full_name_key);
-- The lists of one role, one status and one source, newest first.
create index accounts_role on accounts (role, created_at, id);
create index accounts_status on accounts (status, created_at, id);
create index accounts_source on accounts (auth_source, created_at, id);

-- The lists of tokens that were taken out of use, newest first. A token is written here when that happens to it.
create index access_tokens_disabled on access_tokens (id) where state = 'disabled';
create index access_tokens_revoked on access_tokens (id) where state = 'revoked';
create index refresh_tokens_disabled on refresh_tokens (id) where state = 'disabled';
create index refresh_tokens_revoked on refresh_tokens (id) where state = 'revoked';
-- Of those, the ones no grant of their client and of their person leads to.
create index access_tokens_client_out on access_tokens (client_id)
  where (grant_id is null or exchanged = 1) and state <> 'active';
create index access_tokens_account_out on access_tokens (account_id)
  where grant_id is null and account_id is not null and state <> 'active';
`,
}
