/**
 * What operators say of resources and of clients that describe themselves: how long tokens for a resource live, who was
 * approved, and whose document was written down by hand.
 */
import type { Migration } from './migration.ts'

export const operatorsOnMcp: Migration = {
  version: 17,
  name: 'operators-on-mcp',
  sql: ({ bigint }) => `
-- Seconds that access tokens for it live at most; null leaves it to the client.
alter table resources add column token_lifetime integer check (token_lifetime > 0);

-- When an administrator approved the client: it is kept from then on.
alter table client_documents add column approved_at ${bigint};
-- Since when what an operator wrote down stands in for what its host says.
alter table client_documents add column pinned_at ${bigint};
`,
}
