/** Whether an address is known to be its owner's: the claim `email_verified` (OpenID Connect Core 1.0 §5.1). */
import type { Migration } from './migration.ts'

export const emailVerified: Migration = {
  version: 4,
  name: 'email_verified',
  sql: () => `
-- Nobody checked the addresses that are there.
alter table accounts add column email_verified integer not null default 0;
`,
}
