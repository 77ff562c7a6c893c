/**
 * The indexes that lists of tokens are found by hold what those lists ask: there are as many as before, in the place of
 * others, so that a token is written into no more of them.
 */
import type { Migration } from './migration.ts'

export const indexesOfLists: Migration = {
  version: 18,
  name: 'indexes-of-lists',
  sql: () => `
-- A person's grants, newest first, and those of one client among them without a look at the others' rows.
drop index grants_account;
create index grants_account on grants (account_id, id, client_id);

-- Tokens of one grant, of a client alone and of what it exchanged; with the minute they end in, so that those that live
-- are found among the many that have run out. A new token is the last of its minute, or near it.
drop index access_tokens_grant;
create index access_tokens_grant on access_tokens (grant_id, expiry_minute) where grant_id is not null;
drop index access_tokens_client;
create index access_tokens_client on access_tokens (client_id, expiry_minute)
  where grant_id is null and state = 'active';
drop index access_tokens_exchanged;
create index access_tokens_exchanged on access_tokens (client_id, account_id, expiry_minute)
  where exchanged = 1 and state = 'active';
-- Tokens out of use that no grant of their client leads to, also those of one person.
drop index access_tokens_client_out;
create index access_tokens_client_out on access_tokens (client_id, account_id)
  where (grant_id is null or exchanged = 1) and state <> 'active';
`,
}
