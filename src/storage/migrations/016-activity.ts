/** What administrators look at: the rollup behind the charts, and the ways into a long audit log. */
import type { Migration } from './migration.ts'

export const activity: Migration = {
  version: 16,
  name: 'activity',
  sql: ({ id, bigint }) => `
create table rollup (
  -- Minutes that a row stands for.
  span integer not null,
  starts_at ${bigint} not null,
  name ${id} not null,
  amount ${bigint} not null,
  primary key (span, starts_at, name)
);

-- One for each filter that alone narrows a search; each ends with the time, in which the log is read.
create index audit_log_event_type on audit_log (event_type, at);
create index audit_log_actor_id on audit_log (actor_id, at) where actor_id is not null;
create index audit_log_actor_name on audit_log (actor_name, at) where actor_name is not null;
create index audit_log_actor_ip on audit_log (actor_ip, at) where actor_ip is not null;
create index audit_log_resource_id on audit_log (resource_id, at) where resource_id is not null;
-- Nearly all rows are of the one kind; these find the others. One for each severity, so that PostgreSQL knows how many
-- there are; with the id, so that a search that stops is gone on with without a look at the rows.
create index audit_log_warnings on audit_log (at, id) where severity = 'WARNING';
create index audit_log_errors on audit_log (at, id) where severity = 'ERROR';
create index audit_log_critical on audit_log (at, id) where severity = 'CRITICAL';
create index audit_log_failures on audit_log (at, id) where success = 0;

-- The few that an overview counts.
create index accounts_admins on accounts (id) where role = 'admin';
create index accounts_disabled on accounts (id) where status = 'disabled';
`,
}
