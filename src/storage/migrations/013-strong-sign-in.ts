/**
 * Second factors and passkeys, sign-ins that wait for one, links sent by mail, and how somebody proved who they are
 * wherever a sign-in is remembered.
 */
import type { Migration } from './migration.ts'

export const strongSignIn: Migration = {
  version: 13,
  name: 'strong-sign-in',
  sql: ({ id, bigint, bytes }) => `
alter table accounts add column password_change_required integer not null default 0
  check (password_change_required in (0, 1));

-- When its person last proved who they are, which may be after it began, and by what: words of
-- accounts/authentication.ts, separated by spaces.
alter table sessions add column authenticated_at ${bigint} not null default 0;
alter table sessions add column methods text not null default '';
update sessions set authenticated_at = created_at,
  methods = case when auth_source in ('local', 'http_api') then 'pwd' else 'provider' end;

-- NULL only in rows without a sign-in.
alter table authorization_codes add column authentication_methods text;
alter table device_grants add column authentication_methods text;
alter table grants add column authentication_methods text;
update authorization_codes set authentication_methods =
  (select case when auth_source in ('local', 'http_api') then 'pwd' else 'provider' end
    from accounts where accounts.id = authorization_codes.account_id);
update device_grants set authentication_methods =
  (select case when auth_source in ('local', 'http_api') then 'pwd' else 'provider' end
    from accounts where accounts.id = device_grants.account_id) where session_id is not null;
update grants set authentication_methods =
  (select case when auth_source in ('local', 'http_api') then 'pwd' else 'provider' end
    from accounts where accounts.id = grants.account_id) where session_id is not null;

create table totp_factors (
  account_id ${id} not null primary key references accounts (id) on delete cascade,
  encrypted_secret ${bytes} not null,
  -- The newest time step a code was taken for: none is taken twice.
  last_step ${bigint} not null,
  created_at ${bigint} not null,
  last_used_at ${bigint}
);

create table passkeys (
  id ${id} not null primary key,
  account_id ${id} not null references accounts (id) on delete cascade,
  credential_id ${id} not null unique,
  public_key ${bytes} not null,
  counter ${bigint} not null,
  transports text not null,
  -- Whether it may be copied to other devices of its owner, as a cloud keychain does.
  syncable integer not null check (syncable in (0, 1)),
  name text not null,
  created_at ${bigint} not null,
  last_used_at ${bigint}
);
-- The passkeys of one person.
create index passkeys_account on passkeys (account_id);

create table recovery_codes (
  account_id ${id} not null references accounts (id) on delete cascade,
  digest ${id} not null,
  used_at ${bigint},
  primary key (account_id, digest)
);

create table pending_sign_ins (
  id ${id} not null primary key,
  digest ${id} not null,
  account_id ${id} not null references accounts (id) on delete cascade,
  auth_source text not null,
  -- As the metrics name it.
  method text not null,
  methods text not null,
  -- Of the password hash that was compared: a sign-in does not outlive the password it began with.
  password_digest ${id} not null,
  remember_me integer not null check (remember_me in (0, 1)),
  wrong_codes integer not null,
  began_at ${bigint} not null,
  expires_at ${bigint} not null,
  ip text not null,
  user_agent text not null
);
-- The sweep of those nobody finished.
create index pending_sign_ins_expiry on pending_sign_ins (expires_at);

create table mailed_links (
  id ${id} not null primary key,
  digest ${id} not null,
  account_id ${id} not null references accounts (id) on delete cascade,
  purpose text not null check (purpose in ('reset_password', 'verify_email')),
  email text not null,
  created_at ${bigint} not null,
  expires_at ${bigint} not null
);
-- A newer link takes the place of those before it.
create index mailed_links_account on mailed_links (account_id);
-- Clean-up.
create index mailed_links_expiry on mailed_links (expires_at);
`,
}
