/**
 * The user code of an undecided grant moves into its row: one index over random values is what finding it takes, where
 * a table of its own took three.
 */
import type { Migration } from './migration.ts'

export const userCodesInTheirGrants: Migration = {
  version: 6,
  name: 'user-codes-in-their-grants',
  sql: ({ id }) => `
alter table device_grants add column user_code_digest ${id};
update device_grants
  set user_code_digest = (select user_code_digest from device_user_codes where device_grant_id = device_grants.id)
  where id in (select device_grant_id from device_user_codes);
drop table device_user_codes;
-- The undecided grant of a user code. Codes are random by nature; decided grants have none, so that it stays small.
create unique index device_grants_user_code on device_grants (user_code_digest) where user_code_digest is not null;
`,
}
