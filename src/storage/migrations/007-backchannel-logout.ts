/** Logout tokens that wait to be delivered (OpenID Connect Back-Channel Logout 1.0). */
import type { Migration } from './migration.ts'

export const backchannelLogout: Migration = {
  version: 7,
  name: 'backchannel_logout',
  sql: ({ id, bigint }) => `
-- One row for each client that has to hear of the end of a session; gone when it has heard, or never will.
create table backchannel_logouts (
  session_id ${id} not null,
  client_id ${id} not null,
  account_id ${id} not null,
  attempts integer not null,
  next_attempt_at ${bigint} not null,
  primary key (session_id, client_id)
);
-- What is due.
create index backchannel_logouts_due on backchannel_logouts (next_attempt_at);

-- The clients of a session hear of its end whether or not their grants have ended before.
drop index grants_session;
create index grants_session on grants (session_id) where session_id is not null;
`,
}
