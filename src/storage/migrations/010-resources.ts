/** Protected resources (RFC 8707, RFC 9728): what clients that nobody vouches for may ask tokens for. */
import type { Migration } from './migration.ts'

export const resources: Migration = {
  version: 10,
  name: 'resources',
  sql: ({ id, bigint }) => `
create table resources (
  id ${id} not null primary key,
  -- As the resource server publishes it: it becomes the audience of tokens.
  identifier ${id} not null unique,
  name text not null,
  scopes text not null,
  open_to_discovered integer not null check (open_to_discovered in (0, 1)),
  created_at ${bigint} not null,
  updated_at ${bigint} not null
);
`,
}
