/** What the rotation of signing keys needs: when a key stopped signing, and no two keys waiting for one place. */
import type { Migration } from './migration.ts'

export const signingKeyStages: Migration = {
  version: 5,
  name: 'signing_key_stages',
  sql: ({ bigint }) => `
alter table signing_keys add column superseded_at ${bigint};
-- Of replicas that make the next key of an algorithm at the same moment, one succeeds.
create unique index signing_keys_next on signing_keys (algorithm) where state = 'next';
`,
}
