/**
 * The first schema. Tables that are written with every request are keyed by UUIDv7 and indexed only by values that
 * grow with time (or few values that each grow with time), so that an insert touches the last pages of each index
 * and costs the same in a table of a million rows. Each index says whom it serves.
 */
import type { Migration } from './migration.ts'

export const initial: Migration = {
  version: 1,
  name: 'initial',
  sql: ({ id, bigint, bytes }) => `
create table accounts (
  id ${id} not null primary key,
  username ${id} not null unique,
  email text not null,
  email_key ${id} not null unique,
  full_name text not null,
  role text not null check (role in ('admin', 'user')),
  status text not null check (status in ('active', 'disabled')),
  auth_source text not null,
  password_hash text,
  created_at ${bigint} not null,
  updated_at ${bigint} not null
);
-- The pages of a list of accounts.
create index accounts_created on accounts (created_at, id);

create table sessions (
  id ${id} not null primary key,
  digest ${id} not null,
  account_id ${id} not null,
  auth_source text not null,
  created_at ${bigint} not null,
  last_seen_at ${bigint} not null,
  expires_at ${bigint} not null,
  idle_timeout_seconds ${bigint} not null,
  fingerprint text,
  ip text not null,
  user_agent text not null,
  ended_at ${bigint},
  end_reason text,
  -- The earlier of the two limits, as accounts/session.ts decides it.
  runs_out_at ${bigint} not null generated always as (
    case when idle_timeout_seconds > 0 and last_seen_at + idle_timeout_seconds * 1000 < expires_at
      then last_seen_at + idle_timeout_seconds * 1000 else expires_at end
  ) stored
);
-- The sweep of sessions that ran out, and the count of active ones.
create index sessions_live on sessions (runs_out_at) where ended_at is null;
-- The sessions of one person.
create index sessions_account on sessions (account_id) where ended_at is null;
-- Clean-up.
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table clients (
  id ${id} not null primary key,
  name text not null,
  description text not null,
  type text not null check (type in ('public', 'confidential')),
  secret_hash text,
  status text not null check (status in ('active', 'pending', 'inactive')),
  grants text not null,
  scopes text not null,
  redirect_uris text not null,
  allowed_resources text not null,
  token_profile text not null,
  project text,
  service_account text,
  introspect_any integer not null,
  created_by ${id},
  created_at ${bigint} not null,
  updated_at ${bigint} not null
);
-- The pages of a list of clients.
create index clients_created on clients (created_at, id);

create table device_grants (
  id ${id} not null primary key,
  device_code_digest ${id} not null,
  client_id ${id} not null,
  scopes text not null,
  resources text not null,
  state text not null check (state in ('pending', 'approved', 'denied', 'redeemed')),
  account_id ${id},
  issued_at ${bigint} not null,
  expires_at ${bigint} not null,
  decided_at ${bigint},
  interval_seconds integer not null,
  last_poll_at ${bigint},
  -- The poll before the last: an update returns new values only.
  previous_poll_at ${bigint},
  request_ip text not null,
  request_user_agent text not null
);
-- Clean-up, and the counts of active and pending codes without a look at the rows.
create index device_grants_expiry on device_grants (expires_at, state);
-- Approved grants of one person; a grant stays in it for seconds.
create index device_grants_approved on device_grants (account_id) where state = 'approved';

-- User codes of undecided grants. They are random by nature, so they live in a table of their own that stays small.
create table device_user_codes (
  user_code_digest ${id} not null primary key,
  device_grant_id ${id} not null references device_grants (id) on delete cascade
);
-- The code of a grant that is decided or deleted.
create index device_user_codes_grant on device_user_codes (device_grant_id);

create table grants (
  id ${id} not null primary key,
  client_id ${id} not null,
  account_id ${id} not null,
  grant_type text not null,
  scopes text not null,
  resources text not null,
  created_at ${bigint} not null,
  expires_at ${bigint} not null,
  last_used_at ${bigint} not null,
  request_ip text not null,
  request_user_agent text not null,
  ended_at ${bigint}
);
-- The grants of one person, newest first, and their end. One write per sign-in, not per token.
create index grants_account on grants (account_id, id);
-- The end of a client's grants.
create index grants_client on grants (client_id, id);
-- Clean-up of grants and of their refresh tokens.
create index grants_over on grants (coalesce(ended_at, expires_at));

create table access_tokens (
  -- The token's jti.
  id ${id} not null primary key,
  digest ${id} not null,
  client_id ${id} not null,
  account_id ${id},
  grant_id ${id},
  scopes text not null,
  audience text not null,
  issued_at ${bigint} not null,
  expires_at ${bigint} not null,
  state text not null check (state in ('active', 'disabled', 'revoked')),
  -- Lifetimes are jittered, so an index by the instant itself would be written all over; within its minute a token is
  -- the last entry.
  expiry_minute ${bigint} not null generated always as (expires_at / 60000) stored
);
-- Clean-up, and the count of active tokens with a look at the rows of the current minute only.
create index access_tokens_expiry on access_tokens (expiry_minute, state);
-- The tokens of one grant. Tokens that belong to a grant are found through it, also by person and by client.
create index access_tokens_grant on access_tokens (grant_id) where grant_id is not null;
-- Tokens without a grant, by client: what client_credentials gives.
create index access_tokens_client on access_tokens (client_id) where grant_id is null and state = 'active';
-- Tokens without a grant that speak for a person.
create index access_tokens_account on access_tokens (account_id)
  where grant_id is null and account_id is not null and state = 'active';

create table refresh_tokens (
  id ${id} not null primary key,
  digest ${id} not null,
  grant_id ${id} not null,
  client_id ${id} not null,
  account_id ${id} not null,
  predecessor_id ${id},
  issued_at ${bigint} not null,
  expires_at ${bigint} not null,
  state text not null check (state in ('active', 'superseded', 'disabled', 'revoked')),
  superseded_at ${bigint}
);
-- The tokens of one grant; the state spares a look at the many superseded ones.
create index refresh_tokens_grant on refresh_tokens (grant_id, state);
-- The count of active tokens.
create index refresh_tokens_active on refresh_tokens (expires_at) where state = 'active';

create table signing_keys (
  kid ${id} not null primary key,
  algorithm text not null,
  state text not null check (state in ('next', 'current', 'previous', 'retired')),
  public_jwk text not null,
  encrypted_private_key ${bytes} not null,
  created_at ${bigint} not null,
  activated_at ${bigint},
  retired_at ${bigint}
);

create table audit_log (
  id ${id} not null primary key,
  event_type text not null,
  at ${bigint} not null,
  severity text not null,
  actor_id text,
  actor_name text,
  actor_ip text,
  resource_type text,
  resource_id text,
  resource_name text,
  action text not null,
  details text,
  success integer not null,
  error_message text,
  request_id text,
  user_agent text,
  request_path text,
  request_method text
);
-- Clean-up.
create index audit_log_at on audit_log (at);

create table announcements (
  id ${id} not null primary key,
  created_at ${bigint} not null,
  event text not null
);
`,
}
