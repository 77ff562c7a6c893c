/**
 * Access tokens that came of an exchange (RFC 8693) belong to the family of the token they were exchanged for, which is
 * another client's. Their own client finds them by an index of their own, that is empty where nobody exchanges tokens.
 */
import type { Migration } from './migration.ts'

export const exchangedTokens: Migration = {
  version: 9,
  name: 'exchanged_tokens',
  sql: () => `
alter table access_tokens add column exchanged integer not null default 0;
-- The tokens a client exchanged, for its end and for a person who takes its consent back.
create index access_tokens_exchanged on access_tokens (client_id) where exchanged = 1 and state = 'active';
`,
}
